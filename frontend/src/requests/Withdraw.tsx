import { useState } from "preact/hooks";
import type { Request } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { FieldError } from "../ui/Field.tsx";
import { useDecision } from "./useDecision.ts";

/** Takes a pending request back, after asking. Nothing where the API does not allow it. */
export function Withdraw({ request }: { request: Request }) {
  const { t } = useSpeech();
  const [asking, setAsking] = useState(false);
  const decision = useDecision();
  if (!request.allowedActions.some((allowed) => allowed.action === "WITHDRAW" && allowed.allowed)) return null;
  const problem = decision.fault || decision.errors[0]?.message;
  return (
    <>
      <button type="button" class="button" onClick={() => setAsking(true)}>
        {t("withdraw")}
      </button>
      {asking && (
        <Dialog title={t("withdraw")} onClose={() => setAsking(false)}>
          <p>{t("withdraw.ask", { name: request.accountName })}</p>
          {problem && <FieldError message={problem} />}
          <div class="form-actions">
            <button type="button" class="button" autofocus onClick={() => setAsking(false)}>
              {t("withdraw.keep")}
            </button>
            <button type="button" class="button danger" onClick={() => void decision.withdraw(request.id)}>
              {t("withdraw")}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
