import { useState } from "preact/hooks";
import type { Request } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ChangeInShort } from "./Changes.tsx";
import { useWithdrawal } from "./useWithdrawal.ts";

/** Whether the API lets the viewer take a request back now. */
export function canWithdraw(request: Request): boolean {
  return request.allowedActions.some((allowed) => allowed.action === "WITHDRAW" && allowed.allowed);
}

/** A button that takes a pending request back, after asking. Nothing where the API does not allow it. */
export function Withdraw({ request }: { request: Request }) {
  const { t } = useSpeech();
  const [asking, setAsking] = useState(false);
  if (!canWithdraw(request)) return null;
  return (
    <>
      <button type="button" class="button" onClick={() => setAsking(true)}>
        {t("withdraw")}
      </button>
      {asking && <WithdrawDialog request={request} onClose={() => setAsking(false)} />}
    </>
  );
}

/** Asks whether to take a request back, naming it; the safe answer has the focus. */
export function WithdrawDialog({ request, onClose }: { request: Request; onClose: () => void }) {
  const { t } = useSpeech();
  const withdraw = useWithdrawal();
  return (
    <Dialog title={t("withdraw")} onClose={onClose}>
      <p>{t("withdraw.ask", { what: t(`type.${request.type}`), name: request.accountName })}</p>
      <ChangeInShort type={request.type} changes={request.preview.changes} />
      <div class="form-actions">
        <button type="button" class="button" autofocus onClick={onClose}>
          {t("withdraw.keep")}
        </button>
        <button
          type="button"
          class="button danger"
          onClick={() => {
            onClose();
            void withdraw(request);
          }}
        >
          {t("withdraw")}
        </button>
      </div>
    </Dialog>
  );
}
