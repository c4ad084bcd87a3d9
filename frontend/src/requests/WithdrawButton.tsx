import { useState } from "preact/hooks";
import type { ChangeRequest } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ChangeSummary } from "./Changes.tsx";
import { useWithdraw } from "./useWithdraw.ts";

/** Whether the viewer may withdraw the request now. */
export function canWithdraw(request: ChangeRequest): boolean {
  return request.allowedActions.some((allowed) => allowed.action === "WITHDRAW" && allowed.allowed);
}

/** The button that withdraws a pending request after confirmation; nothing where it is not allowed. */
export function WithdrawButton({ request }: { request: ChangeRequest }) {
  const { t } = useI18n();
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

/** Asks for confirmation. The focus is on the button that keeps the request. */
export function WithdrawDialog({ request, onClose }: { request: ChangeRequest; onClose: () => void }) {
  const { t } = useI18n();
  const withdraw = useWithdraw();
  return (
    <Dialog title={t("withdraw")} onClose={onClose}>
      <p>{t("withdraw.ask", { what: t(`type.${request.type}`), name: request.accountName })}</p>
      <ChangeSummary type={request.type} changes={request.preview.changes} />
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
