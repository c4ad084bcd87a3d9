import { useQuery } from "@urql/preact";
import { useState } from "preact/hooks";
import { CATALOGUE } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { useViewer } from "../session/session.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Icon } from "../ui/icons.tsx";
import { useDialogTitle } from "../ui/navigation.ts";
import { useDraft } from "../ui/useDraft.ts";
import { CommentField } from "./CommentField.tsx";
import { parseWholeNumber } from "./numbers.ts";
import { PeriodField } from "./PeriodField.tsx";
import { messageFor, RequestForm, type FormProblem } from "./RequestForm.tsx";
import { useRenewals, type Renewal } from "./useRenewals.ts";

/** Renews several accounts for the same period. */
export function RenewalsDialog({ ids, onClose }: { ids: readonly string[]; onClose: () => void }) {
  const { t } = useI18n();
  const { id: viewer } = useViewer();
  const { values, set, clear } = useDraft(`${viewer}:renewals`, { periodMonths: "12", comment: "" });
  const [{ data }] = useQuery({ query: CATALOGUE });
  const [problems, setProblems] = useState<readonly FormProblem[]>([]);
  const periodMonths = parseWholeNumber(values.periodMonths);
  const { renewals, sending, sendAll } = useRenewals(ids, periodMonths);
  const sent = renewals.filter(({ state }) => state === "sent").length;
  const refused = renewals.filter(({ state }) => state === "refused").length;
  const title = t("renew.several", { n: ids.length });
  const max = data?.catalogue.limits.maxCommentLength ?? Infinity;
  useDialogTitle(title);
  const submit = async () => {
    const found = [
      ...(periodMonths === undefined ? [{ field: "periodMonths", message: t("number.invalid") }] : []),
      ...([...values.comment].length > max ? [{ field: "comment", message: t("comment.long", { max }) }] : []),
    ];
    setProblems(found);
    if (found.length === 0) await sendAll(values.comment);
  };
  const list = (
    <>
      <p class="bulk-result" role="status">
        {sent + refused > 0 && !sending && <strong>{[t("renew.sent", { n: sent }), ...(refused ? [t("bulk.refused", { n: refused })] : [])].join(", ")}</strong>}
      </p>
      <ul class="bulk">
        {renewals.map((renewal) => (
          <Item key={renewal.id} renewal={renewal} />
        ))}
      </ul>
    </>
  );
  if (sent === renewals.length) {
    return (
      <Dialog title={title} onClose={onClose}>
        {list}
        <div class="form-actions">
          <a class="button" href="/management/applications" onClick={clear}>
            {t("zone.applications")}
          </a>
          <button
            type="button"
            class="button primary"
            autofocus
            onClick={() => {
              clear();
              onClose();
            }}
          >
            {t("close")}
          </button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={title} onClose={sending ? undefined : onClose}>
      <RequestForm errors={problems} sending={sending} submitLabel={t("request.renewal")} onSubmit={() => void submit()} onCancel={onClose}>
        {list}
        <PeriodField value={values.periodMonths} onInput={(months) => set({ periodMonths: months })} error={messageFor(problems, "periodMonths")} />
        <CommentField value={values.comment} onInput={(comment) => set({ comment })} errors={problems} />
      </RequestForm>
    </Dialog>
  );
}

function Item({ renewal: { account, preview, state, problem } }: { renewal: Renewal }) {
  const { t, date } = useI18n();
  const expires = preview?.changes.find(({ field }) => field === "EXPIRES_ON")?.after;
  return (
    <li>
      <strong>{account?.name ?? "…"}</strong>
      {account && state !== "sent" && (
        <span>
          <span class="muted">{date(account.expiresOn)}</span> <Icon name="arrow" /> <strong>{expires ? date(expires) : "…"}</strong>
        </span>
      )}
      {account?.zone === "EXPIRED" && state === "shown" && expires && <small class="muted">{t("renew.late", { date: date(expires) })}</small>}
      {state === "sent" && (
        <span class="step step-more">
          <Icon name="check" />
          {t("renew.requested", { date: expires ? date(expires) : "" })}
        </span>
      )}
      {problem && (
        <span class="field-error">
          <Icon name="warning" />
          {problem}
        </span>
      )}
    </li>
  );
}
