import { useMutation } from "@urql/preact";
import { useState } from "preact/hooks";
import { UPDATE_PROFILE } from "../api/operations.ts";
import { LANGUAGES, useI18n, type Language } from "../i18n/i18n.tsx";
import { FormError, useCallError } from "../ui/callErrors.tsx";
import { Field } from "../ui/Field.tsx";
import { useToast } from "../ui/Toasts.tsx";
import { storage } from "./storage.ts";
import { useViewer } from "./session.tsx";

/** The language and the time zone of the page and of mails. */
export function LanguageAndTimeZone() {
  const { t, time } = useI18n();
  const viewer = useViewer();
  const toast = useToast();
  const [language, setLanguage] = useState<Language>(viewer.language);
  const [timeZone, setTimeZone] = useState(viewer.timeZone);
  const callError = useCallError();
  const [refusal, setRefusal] = useState("");
  const [{ fetching }, update] = useMutation(UPDATE_PROFILE);
  const submit = async () => {
    if (callError.retryInS > 0) return;
    const { data, error } = await update({ input: { language, timeZone } });
    const problem = data?.updateProfile.errors[0]?.message ?? "";
    callError.set(error);
    setRefusal(problem);
    if (error || problem) return;
    storage.write("language", language);
    toast(t("profile.saved"));
  };
  return (
    <section class="card">
      <h2>{t("profile.reading")}</h2>
      <form class="form" onSubmit={(event) => (event.preventDefault(), void submit())}>
        <FormError callError={callError} message={refusal} />
        <Field label={t("language")} name="language" help={t("profile.language.help")}>
          <select value={language} onChange={(event) => setLanguage(event.currentTarget.value as Language)}>
            {Object.entries(LANGUAGES).map(([code, name]) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </select>
        </Field>
        <Field label={t("timezone")} name="timeZone" help={t("timezone.now", { time: time(new Date(), timeZone) })}>
          <select value={timeZone} onChange={(event) => setTimeZone(event.currentTarget.value)}>
            {zonesWith(viewer.timeZone).map((name) => (
              <option key={name} value={name}>
                {name.replaceAll("_", " ")}
              </option>
            ))}
          </select>
        </Field>
        <div class="form-actions">
          <button class="button primary" aria-busy={fetching} aria-disabled={callError.retryInS > 0}>
            {t("save")}
          </button>
        </div>
      </form>
    </section>
  );
}

/** The browser's time zones, and the viewer's own, for which the browser may use another name. */
function zonesWith(own: string): string[] {
  return [...new Set(["UTC", own, ...Intl.supportedValuesOf("timeZone")])].sort();
}
