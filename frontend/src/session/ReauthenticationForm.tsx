import type { CombinedError } from "@urql/core";
import { useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import type { UserError } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { FormError, useCallError } from "../ui/callErrors.tsx";
import { Field } from "../ui/Field.tsx";
import { PasswordInput } from "../ui/PasswordInput.tsx";
import { CodeField } from "./CodeField.tsx";

export interface Credentials {
  currentPassword: string;
  code: string;
}

interface ReauthenticationFormProps {
  /** The credentials to ask for. */
  asks: "password" | "code" | "both";
  action: string;
  onCancel?: () => void;
  /** Resolves to the errors, if any. */
  send: (credentials: Credentials) => Promise<{ error?: CombinedError | undefined; refused: readonly UserError[] | undefined }>;
  children?: ComponentChildren;
}

/** Asks for credentials again before a security setting changes. */
export function ReauthenticationForm({ asks, action, onCancel, send, children }: ReauthenticationFormProps) {
  const { t } = useI18n();
  const form = useRef<HTMLFormElement>(null);
  const [credentials, setCredentials] = useState<Credentials>({ currentPassword: "", code: "" });
  const [busy, setBusy] = useState(false);
  const callError = useCallError();
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const errorOf = (field: string) => errors.find((error) => error.field === field)?.message;
  const submit = async () => {
    if (busy || callError.retryInS > 0) return;
    setBusy(true);
    const { error, refused = [] } = await send(credentials);
    setBusy(false);
    callError.set(error);
    setErrors(refused);
    const field = refused[0]?.field;
    if (field) form.current?.querySelector<HTMLElement>(`[name=${field}]`)?.focus();
  };
  return (
    <form ref={form} class="form" onSubmit={(event) => (event.preventDefault(), void submit())}>
      <FormError callError={callError} message={errors.find(({ field }) => !field)?.message ?? ""} />
      {children}
      {asks !== "code" && (
        <Field label={t("password.current")} name="currentPassword" error={errorOf("currentPassword")}>
          <PasswordInput autocomplete="current-password" value={credentials.currentPassword} onInput={(currentPassword) => setCredentials({ ...credentials, currentPassword })} />
        </Field>
      )}
      {asks !== "password" && <CodeField value={credentials.code} error={errorOf("code")} orRecovery={asks === "both"} onInput={(code) => setCredentials({ ...credentials, code })} />}
      <div class="form-actions">
        {onCancel && (
          <button type="button" class="button" onClick={onCancel}>
            {t("cancel")}
          </button>
        )}
        <button class="button primary" aria-busy={busy} aria-disabled={callError.retryInS > 0}>
          {action}
        </button>
      </div>
    </form>
  );
}
