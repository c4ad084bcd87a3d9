import { useState } from "preact/hooks";
import { applyDensity, chosenDensity, DENSITIES, type Density } from "../accounts/density.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { Field } from "../ui/Field.tsx";
import { applyTheme, chosenTheme, THEMES, type Theme } from "./theme.ts";

/** How the page looks in this browser. */
export function Appearance() {
  const { t } = useSpeech();
  const [theme, setTheme] = useState(chosenTheme);
  const [density, setDensity] = useState(chosenDensity);
  return (
    <section class="card">
      <h2>{t("profile.appearance")}</h2>
      <div class="form">
        <Field label={t("theme")} name="theme">
          <select
            value={theme}
            onChange={(event) => {
              const chosen = event.currentTarget.value as Theme;
              setTheme(chosen);
              applyTheme(chosen);
            }}
          >
            {THEMES.map((name) => (
              <option key={name} value={name}>
                {t(`theme.${name}`)}
              </option>
            ))}
          </select>
        </Field>
        <Field label={t("density")} name="density" help={t("profile.browser")}>
          <select
            value={density}
            onChange={(event) => {
              const chosen = event.currentTarget.value as Density;
              setDensity(chosen);
              applyDensity(chosen);
            }}
          >
            {DENSITIES.map((name) => (
              <option key={name} value={name}>
                {t(`density.${name}`)}
              </option>
            ))}
          </select>
        </Field>
      </div>
    </section>
  );
}
