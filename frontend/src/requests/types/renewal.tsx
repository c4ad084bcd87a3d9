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

/** Asks for a further term; the dates are the server's. */
export function RenewalForm({ account, onStale, onClose }: AccountFormProps) {
  const { t, date } = useI18n();
  const { id: viewer } = useViewer();
  const { typed, set, forget } = useDraft(`${viewer}:renewal:${account.id}`, { periodMonths: "12", comment: "" });
  const periodMonths = parseWholeNumber(typed.periodMonths);
  const { form, shown, conflict } = useAccountRequest({
    account,
    onStale,
    change: periodMonths === undefined ? undefined : { renewal: { accountId: account.id, periodMonths, comment: typed.comment } },
    missing: { field: "periodMonths", message: t("number.invalid") },
    comment: typed.comment,
    onSent: () => {
      forget();
      onClose();
    },
  });
  const starts = shown.preview?.changes.find(({ field }) => field === "STARTS_ON")?.after;
  const expires = shown.preview?.changes.find(({ field }) => field === "EXPIRES_ON")?.after;
  const late = account.zone === "EXPIRED";
  return (
    <RequestForm {...form} submitLabel={t(conflict ? "conflict.send" : "request.renewal")} onCancel={onClose}>
      <PreviewResult
        {...shown}
        field="EXPIRES_ON"
        label={t(late ? "renew.expired" : "expires")}
        now={date(account.expiresOn)}
        note={late ? expires && t("renew.late", { date: date(expires) }) : starts && t("renew.early", { date: date(starts) })}
      />
      {conflict && <ConflictNotice changes={conflict} preview={shown.preview} field="EXPIRES_ON" />}
      <PeriodField value={typed.periodMonths} onInput={(months) => set({ periodMonths: months })} error={messageFor(form.errors, "periodMonths")} />
      <CommentField value={typed.comment} onInput={(comment) => set({ comment })} errors={form.errors} />
    </RequestForm>
  );
}
