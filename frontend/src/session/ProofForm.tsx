import type { CombinedError } from "@urql/core";
import { useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import type { UserError } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { FormFault, useFault } from "../ui/fault.tsx";
import { Field } from "../ui/Field.tsx";
import { PasswordInput } from "../ui/PasswordInput.tsx";
import { CodeField } from "./CodeField.tsx";

export interface Proof {
  currentPassword: string;
  code: string;
}

interface ProofFormProps {
  /** What is asked for. */
  asks: "password" | "code" | "both";
  action: string;
  onCancel?: () => void;
  /** Resolves to what came of it. */
  send: (proof: Proof) => Promise<{ error?: CombinedError | undefined; refused: readonly UserError[] | undefined }>;
  children?: ComponentChildren;
}

/** Asks who it is before something about their way in changes. */
export function ProofForm({ asks, action, onCancel, send, children }: ProofFormProps) {
  const { t } = useSpeech();
  const form = useRef<HTMLFormElement>(null);
  const [proof, setProof] = useState<Proof>({ currentPassword: "", code: "" });
  const [busy, setBusy] = useState(false);
  const fault = useFault();
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const errorAt = (field: string) => errors.find((error) => error.field === field)?.message;
  const submit = async () => {
    if (busy || fault.left > 0) return;
    setBusy(true);
    const { error, refused = [] } = await send(proof);
    setBusy(false);
    fault.tell(error);
    setErrors(refused);
    const field = refused[0]?.field;
    if (field) form.current?.querySelector<HTMLElement>(`[name=${field}]`)?.focus();
  };
  return (
    <form ref={form} class="form" onSubmit={(event) => (event.preventDefault(), void submit())}>
      <FormFault fault={fault} message={errors.find(({ field }) => !field)?.message ?? ""} />
      {children}
      {asks !== "code" && (
        <Field label={t("password.current")} name="currentPassword" error={errorAt("currentPassword")}>
          <PasswordInput autocomplete="current-password" value={proof.currentPassword} onInput={(currentPassword) => setProof({ ...proof, currentPassword })} />
        </Field>
      )}
      {asks !== "password" && <CodeField value={proof.code} error={errorAt("code")} orRecovery={asks === "both"} onInput={(code) => setProof({ ...proof, code })} />}
      <div class="form-actions">
        {onCancel && (
          <button type="button" class="button" onClick={onCancel}>
            {t("cancel")}
          </button>
        )}
        <button class="button primary" aria-busy={busy} aria-disabled={fault.left > 0}>
          {action}
        </button>
      </div>
    </form>
  );
}
