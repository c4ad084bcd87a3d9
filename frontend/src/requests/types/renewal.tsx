import { useI18n } from "../../i18n/i18n.tsx";
import { useViewer } from "../../session/session.tsx";
import { useDraft } from "../../ui/useDraft.ts";
import type { AccountFormProps } from "../AccountDialog.tsx";
import { CommentField } from "../CommentField.tsx";
import { ConflictNotice } from "../ConflictNotice.tsx";
import { parseWholeNumber } from "../numbers.ts";
import { PreviewResult } from "../PreviewResult.tsx";
import { PeriodField } from "../PeriodField.tsx";
import { messageFor, RequestForm } from "../RequestForm.tsx";
import { useAccountRequest } from "../useAccountRequest.ts";

/** The form to request a renewal; the server computes the dates. */
export function RenewalForm({ account, onStale, onClose }: AccountFormProps) {
  const { t, date } = useI18n();
  const { id: viewer } = useViewer();
  const { values, set, clear } = useDraft(`${viewer}:renewal:${account.id}`, { periodMonths: "12", comment: "" });
  const periodMonths = parseWholeNumber(values.periodMonths);
  const { form, previewState, conflict } = useAccountRequest({
    account,
    onStale,
    change: periodMonths === undefined ? undefined : { renewal: { accountId: account.id, periodMonths, comment: values.comment } },
    unreadable: { field: "periodMonths", message: t("number.invalid") },
    comment: values.comment,
    onSent: () => {
      clear();
      onClose();
    },
  });
  const starts = previewState.preview?.changes.find(({ field }) => field === "STARTS_ON")?.after;
  const expires = previewState.preview?.changes.find(({ field }) => field === "EXPIRES_ON")?.after;
  const isExpired = account.zone === "EXPIRED";
  return (
    <RequestForm {...form} submitLabel={t(conflict ? "conflict.send" : "request.renewal")} onCancel={onClose}>
      <PreviewResult
        {...previewState}
        field="EXPIRES_ON"
        label={t(isExpired ? "renew.expired" : "expires")}
        now={date(account.expiresOn)}
        note={isExpired ? expires && t("renew.late", { date: date(expires) }) : starts && t("renew.early", { date: date(starts) })}
      />
      {conflict && <ConflictNotice changes={conflict} preview={previewState.preview} field="EXPIRES_ON" />}
      <PeriodField value={values.periodMonths} onInput={(months) => set({ periodMonths: months })} error={messageFor(form.errors, "periodMonths")} />
      <CommentField value={values.comment} onInput={(comment) => set({ comment })} errors={form.errors} />
    </RequestForm>
  );
}
