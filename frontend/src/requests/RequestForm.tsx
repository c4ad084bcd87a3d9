import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { UserError } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { ErrorMessage, type CallError } from "../ui/callErrors.tsx";
import { Icon } from "../ui/icons.tsx";

/** Why a form cannot be sent: an error of the server, or one that the page found itself. */
export interface FormProblem {
  message: string;
  field?: string | null;
  request?: UserError["request"];
}

interface RequestFormProps {
  errors: readonly FormProblem[];
  /** The failure of the last call. */
  callError?: CallError;
  sending: boolean;
  submitLabel: string;
  onSubmit: () => void;
  onCancel?: (() => void) | undefined;
  /** The label of the cancel button, if it is another one. */
  cancelLabel?: string;
  children: ComponentChildren;
}

const NONE: CallError = { error: undefined, retryInS: 0 };

/** A form that files a request. Errors are listed above it and shown at their fields; the list gets the focus. The submit button is never disabled. */
export function RequestForm({ errors, callError = NONE, sending, submitLabel, onSubmit, onCancel, cancelLabel, children }: RequestFormProps) {
  const { t } = useI18n();
  const { error: failure, retryInS } = callError;
  const form = useRef<HTMLFormElement>(null);
  const summary = useRef<HTMLDivElement>(null);
  const isAnswerDue = useRef(false);
  useLayoutEffect(() => {
    // Only a submit moves the focus to the list: an error that appears while the user types must not.
    if (!isAnswerDue.current || !(errors.length || failure)) return;
    isAnswerDue.current = false;
    summary.current?.focus();
  }, [errors, failure]);
  const focus = (field: string) => form.current?.querySelector<HTMLElement>(`[name="${field}"]:not(:disabled)`)?.focus();
  return (
    <form
      ref={form}
      class="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        isAnswerDue.current = true;
        onSubmit();
      }}
    >
      {(errors.length > 0 || failure) && (
        <div ref={summary} class="notice notice-bad" role="alert" tabIndex={-1}>
          <Icon name="warning" />
          <div>
            {failure ? (
              <p>
                <ErrorMessage error={failure} retryInS={retryInS} />
              </p>
            ) : (
              <>
                <strong>{t("errors.title", { n: errors.length })}</strong>
                <ul>
                  {errors.map((error) => (
                    <li key={error.message}>
                      <FormProblemLink error={error} onField={focus} />
                    </li>
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
            {cancelLabel ?? t("cancel")}
          </button>
        )}
        <button class="button primary" aria-busy={sending} aria-disabled={retryInS > 0}>
          {submitLabel}
        </button>
      </div>
    </form>
  );
}

function FormProblemLink({ error, onField }: { error: FormProblem; onField: (field: string) => void }) {
  const { t } = useI18n();
  const { field } = error;
  if (field) {
    return (
      <a
        href={`#${field}`}
        onClick={(event) => {
          event.preventDefault();
          onField(field);
        }}
      >
        {error.message}
      </a>
    );
  }
  return (
    <>
      {error.message} {error.request && <a href={`/management/applications/${error.request.id}`}>{t("request.view")}</a>}
    </>
  );
}

/** The message for a field. */
export function messageFor(errors: readonly FormProblem[], field: string): string | undefined {
  return errors.find((error) => error.field === field)?.message;
}
