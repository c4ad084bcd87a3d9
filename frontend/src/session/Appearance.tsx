import { useI18n } from "../i18n/i18n.tsx";
import { Field } from "../ui/Field.tsx";
import { PreferenceSelect } from "./PreferenceSelect.tsx";

/** The display preferences of this browser. */
export function Appearance() {
  const { t } = useI18n();
  return (
    <section class="card">
      <h2>{t("profile.appearance")}</h2>
      <div class="form">
        <Field label={t("theme")} name="theme">
          <PreferenceSelect preference="theme" />
        </Field>
        <Field label={t("density")} name="density" help={t("profile.browser")}>
          <PreferenceSelect preference="density" />
        </Field>
      </div>
    </section>
  );
}
