import { useMutation } from "@urql/preact";
import { useRef, useState } from "preact/hooks";
import { CHANGE_PASSWORD, type UserError } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { FormError, useCallError } from "../ui/callErrors.tsx";
import { Field } from "../ui/Field.tsx";
import { PasswordInput } from "../ui/PasswordInput.tsx";
import { useToast } from "../ui/Toasts.tsx";
import { useViewer } from "./session.tsx";

/** The form to change the password. */
export function ChangePassword() {
  const { t } = useI18n();
  const { email } = useViewer();
  const toast = useToast();
  const form = useRef<HTMLFormElement>(null);
  const [currentPassword, setCurrentPassword] = useState("");
  const [newPassword, setNewPassword] = useState("");
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const callError = useCallError();
  const [{ fetching }, change] = useMutation(CHANGE_PASSWORD);
  const errorOf = (field: string) => errors.find((error) => error.field === field)?.message;
  const submit = async () => {
    if (fetching || callError.retryInS > 0) return;
    const { data, error } = await change({ input: { currentPassword, newPassword } });
    callError.set(error);
    const found = data?.changePassword.errors ?? [];
    setErrors(found);
    if (found[0]?.field) form.current?.querySelector<HTMLElement>(`[name=${found[0].field}]`)?.focus();
    if (error || found.length) return;
    setCurrentPassword("");
    setNewPassword("");
    toast(t("password.changed"));
  };
  return (
    <section class="card">
      <h2>{t("password.change")}</h2>
      <form ref={form} class="form" onSubmit={(event) => (event.preventDefault(), void submit())}>
        <FormError callError={callError} />
        {/* Password managers need the user name. */}
        <input type="hidden" name="username" autocomplete="username" value={email} />
        <Field label={t("password.current")} name="currentPassword" error={errorOf("currentPassword")}>
          <PasswordInput autocomplete="current-password" value={currentPassword} onInput={setCurrentPassword} />
        </Field>
        <Field label={t("password.new")} name="newPassword" help={t("password.new.help")} error={errorOf("newPassword")}>
          <PasswordInput autocomplete="new-password" value={newPassword} onInput={setNewPassword} />
        </Field>
        <p class="help">{t("password.others")}</p>
        <div class="form-actions">
          <button class="button primary" aria-busy={fetching} aria-disabled={callError.retryInS > 0}>
            {t("password.change")}
          </button>
        </div>
      </form>
    </section>
  );
}
