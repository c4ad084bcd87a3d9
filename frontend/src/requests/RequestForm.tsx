import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { UserError } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { Icon } from "../ui/icons.tsx";

interface RequestFormProps {
  errors: readonly UserError[];
  fault: string;
  sending: boolean;
  submitLabel: string;
  onSubmit: () => void;
  onCancel?: (() => void) | undefined;
  children: ComponentChildren;
}

/** A form that files a request: errors above and at their fields, the first of them focused; never a dead button. */
export function RequestForm({ errors, fault, sending, submitLabel, onSubmit, onCancel, children }: RequestFormProps) {
  const { t } = useSpeech();
  const summary = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (errors.length || fault) summary.current?.focus();
  }, [errors, fault]);
  return (
    <form
      class="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {(errors.length > 0 || fault) && (
        <div ref={summary} class="notice notice-bad" role="alert" tabIndex={-1}>
          <Icon name="warning" />
          <div>
            {fault ? (
              <p>{fault}</p>
            ) : (
              <>
                <strong>{t("errors.title", { n: errors.length })}</strong>
                <ul>
                  {errors.map((error) => (
                    <li key={error.code + (error.field ?? "")}>{error.message}</li>
                  ))}
                </ul>
              </>
            )}
          </div>
        </div>
      )}
      {children}
      <div class="form-actions">
        {onCancel && (
          <button type="button" class="button" onClick={onCancel}>
            {t("cancel")}
          </button>
        )}
        <button class="button primary" aria-busy={sending}>
          {submitLabel}
        </button>
      </div>
    </form>
  );
}

/** The message for a field, from what the server refused. */
export function errorAt(errors: readonly UserError[], field: string): string | undefined {
  return errors.find((error) => error.field === field)?.message;
}
