import { useState } from "preact/hooks";
import { applyDensity, chosenDensity, DENSITIES, type Density } from "../accounts/density.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { Field } from "../ui/Field.tsx";
import { ThemeSelect } from "./ThemeSelect.tsx";

/** How the page looks in this browser. */
export function Appearance() {
  const { t } = useSpeech();
  const [density, setDensity] = useState(chosenDensity);
  return (
    <section class="card">
      <h2>{t("profile.appearance")}</h2>
      <div class="form">
        <Field label={t("theme")} name="theme">
          <ThemeSelect />
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
