import "../styles/sign-in.css";
import { useMutation } from "@urql/preact";
import { useState } from "preact/hooks";
import { REQUEST_RESET, RESET } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { Brand } from "../ui/Brand.tsx";
import { FormError, useCallError } from "../ui/callErrors.tsx";
import { Field } from "../ui/Field.tsx";
import { PasswordInput } from "../ui/PasswordInput.tsx";
import { useDocumentTitle } from "../ui/navigation.ts";

/** The page to request a password link. */
export function ForgotPasswordPage() {
  const { t } = useI18n();
  useDocumentTitle(t("reset.title"));
  const [email, setEmail] = useState("");
  const callError = useCallError();
  const [sent, setSent] = useState(false);
  const [, requestReset] = useMutation(REQUEST_RESET);
  const submit = async () => {
    if (callError.retryInS > 0) return;
    const { error } = await requestReset({ input: { email } });
    callError.set(error);
    setSent(!error);
  };
  return (
    <main id="content" class="card sign-in">
      <p class="brand">
        <Brand />
      </p>
      <h1>{t("reset.title")}</h1>
      {sent ? (
        <p role="status">{t("reset.sent")}</p>
      ) : (
        <form class="form" onSubmit={(event) => (event.preventDefault(), void submit())}>
          <FormError callError={callError} />
          <Field label={t("email")} name="email">
            <input type="email" autocomplete="username" required value={email} onInput={(event) => setEmail(event.currentTarget.value)} />
          </Field>
          <button class="button primary" aria-disabled={callError.retryInS > 0}>
            {t("reset.ask")}
          </button>
        </form>
      )}
      <a href="/sign-in">{t("signin")}</a>
    </main>
  );
}

/** The page to set a new password, with the token from the fragment of the link. */
export function ResetPasswordPage() {
  const { t } = useI18n();
  useDocumentTitle(t("reset.title"));
  const [token] = useState(() => location.hash.slice(1));
  const [newPassword, setNewPassword] = useState("");
  const callError = useCallError();
  const [refusal, setRefusal] = useState("");
  const [done, setDone] = useState(false);
  const [, reset] = useMutation(RESET);
  const submit = async () => {
    if (callError.retryInS > 0) return;
    const { data, error } = await reset({ input: { token, newPassword } });
    const problem = data?.resetPassword.errors[0];
    callError.set(error);
    setRefusal(problem?.message ?? "");
    setDone(!error && !problem);
  };
  return (
    <main id="content" class="card sign-in">
      <p class="brand">
        <Brand />
      </p>
      <h1>{t("reset.title")}</h1>
      {done ? (
        <p role="status">{t("reset.done")}</p>
      ) : (
        <form class="form" onSubmit={(event) => (event.preventDefault(), void submit())}>
          <FormError callError={callError} message={refusal} />
          <Field label={t("password.new")} name="newPassword" help={t("password.new.help")}>
            <PasswordInput autocomplete="new-password" value={newPassword} onInput={setNewPassword} />
          </Field>
          <button class="button primary" aria-disabled={callError.retryInS > 0}>
            {t("reset.title")}
          </button>
        </form>
      )}
      <a href="/sign-in">{t("signin")}</a>
    </main>
  );
}
