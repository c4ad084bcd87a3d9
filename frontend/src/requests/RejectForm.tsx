import { useQuery } from "@urql/preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { CATALOGUE } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { useViewer } from "../session/session.tsx";
import { TextAreaWithCount } from "../ui/Field.tsx";
import { useDraft } from "../ui/useDraft.ts";

const MIN_REASON_LENGTH = 10;

interface RejectFormProps {
  /** The key of the stored draft. */
  name: string;
  label: string;
  busy: boolean;
  /** Whether the server asks to wait before the next try. */
  isBlocked?: boolean;
  onReject: (reason: string) => Promise<boolean>;
  onCancel: () => void;
}

/** The form for the reason of a rejection, free or from common ones. The requester reads it. */
export function RejectForm({ name, label, busy, isBlocked = false, onReject, onCancel }: RejectFormProps) {
  const { t } = useI18n();
  const { id: viewer } = useViewer();
  const form = useRef<HTMLFormElement>(null);
  const focusReason = () => form.current?.querySelector<HTMLElement>("[name=reason]")?.focus();
  useLayoutEffect(focusReason, []);
  const { values, set, clear } = useDraft(`${viewer}:reject:${name}`, { reason: "" });
  const [error, setError] = useState<string>();
  const [{ data }] = useQuery({ query: CATALOGUE });
  const max = data?.catalogue.limits.maxReasonLength ?? 500;
  const submit = async () => {
    const length = [...values.reason.trim()].length;
    const problem = length < MIN_REASON_LENGTH ? t("reason.short", { min: MIN_REASON_LENGTH }) : length > max ? t("comment.long", { max }) : undefined;
    setError(problem);
    if (problem) focusReason();
    else if (await onReject(values.reason)) clear();
  };
  return (
    <form
      ref={form}
      class="form reject"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <div class="chips" role="group" aria-label={t("reason.canned")}>
        {(["reason.1", "reason.2", "reason.3"] as const).map((key) => (
          <button key={key} type="button" class="chip" onClick={() => set({ reason: t(key) })}>
            {t(key)}
          </button>
        ))}
      </div>
      <TextAreaWithCount name="reason" label={t("reason")} value={values.reason} max={max} error={error} autofocus onInput={(reason) => set({ reason })} />
      <div class="form-actions">
        <button type="button" class="button" onClick={onCancel}>
          {t("cancel")}
        </button>
        <button class="button danger" aria-busy={busy} aria-disabled={isBlocked}>
          {label}
        </button>
      </div>
    </form>
  );
}
