import { useSpeech } from "../i18n/i18n.tsx";
import { Field } from "../ui/Field.tsx";
import { LookSelect } from "./LookSelect.tsx";

/** How the page looks in this browser. */
export function Appearance() {
  const { t } = useSpeech();
  return (
    <section class="card">
      <h2>{t("profile.appearance")}</h2>
      <div class="form">
        <Field label={t("theme")} name="theme">
          <LookSelect look="theme" />
        </Field>
        <Field label={t("density")} name="density" help={t("profile.browser")}>
          <LookSelect look="density" />
        </Field>
      </div>
    </section>
  );
}
