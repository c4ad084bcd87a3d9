import { useRef, useState } from "preact/hooks";
import type { ChangeRequest } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { errorMessage } from "../ui/callErrors.tsx";
import { Icon } from "../ui/icons.tsx";
import { Changes } from "./Changes.tsx";
import { RejectForm } from "./RejectForm.tsx";
import { useDecide, type DecisionResult, type DecisionInput } from "./useDecision.ts";

interface BulkDialogProps {
  kind: "approve" | "reject";
  requests: readonly ChangeRequest[];
  onClose: () => void;
  /** Called with the id of each decided request. */
  onDecided: (id: string) => void;
}

/** Decides several requests one after the other. An error of one does not stop the others. */
export function BulkDialog({ kind, requests, onClose, onDecided }: BulkDialogProps) {
  const { t } = useI18n();
  const decide = useDecide();
  // The requests at the time of opening: a later selection does not change what is decided.
  const listed = useRef(requests).current;
  const [results, setResults] = useState<ReadonlyMap<string, DecisionResult>>(new Map());
  const [state, setState] = useState<"asking" | "deciding" | "done">("asking");
  const run = async (decision: DecisionInput) => {
    setState("deciding");
    for (const request of listed) {
      const result = await decide(request, decision);
      setResults((before) => new Map(before).set(request.id, result));
      if (result.request) onDecided(request.id);
    }
    setState("done");
    return true;
  };
  const decided = [...results.values()].filter(({ request }) => request).length;
  return (
    <Dialog title={t(`bulk.${kind}`, { n: listed.length })} onClose={state === "deciding" ? undefined : onClose}>
      <p class="bulk-result" role="status">
        {state === "done" && <BulkResult kind={kind} decided={decided} results={[...results.values()]} />}
      </p>
      <ul class="bulk">
        {listed.map((request) => (
          <li key={request.id}>
            <span>
              <strong>{request.accountName}</strong> <span class="badge">{t(`type.${request.type}`)}</span>
            </span>
            <Changes changes={request.preview.changes} />
            <ItemResult result={results.get(request.id)} kind={kind} />
          </li>
        ))}
      </ul>
      {state === "done" ? (
        <div class="form-actions">
          <button type="button" class="button primary" autofocus onClick={onClose}>
            {t("close")}
          </button>
        </div>
      ) : kind === "reject" ? (
        <RejectForm name="several" label={t("bulk.reject", { n: listed.length })} busy={state === "deciding"} onReject={(reason) => run({ kind, reason })} onCancel={onClose} />
      ) : (
        <div class="form-actions">
          <button type="button" class="button" autofocus onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="button" class="button primary" aria-busy={state === "deciding"} onClick={() => state === "asking" && void run({ kind })}>
            {t("bulk.approve", { n: listed.length })}
          </button>
        </div>
      )}
    </Dialog>
  );
}

/** The result of all decisions: “3 approved, 1 changed meanwhile”. */
function BulkResult({ kind, decided, results }: { kind: "approve" | "reject"; decided: number; results: readonly DecisionResult[] }) {
  const { t } = useI18n();
  const codes = results.flatMap(({ request, errors }) => (request ? [] : [errors[0]?.code]));
  const stale = codes.filter((code) => code === "STALE").length;
  const taken = codes.filter((code) => code === "ALREADY_DECIDED").length;
  const others = codes.length - stale - taken;
  const parts = [
    t(kind === "approve" ? "bulk.approved" : "bulk.rejected", { n: decided }),
    ...(stale ? [t("bulk.stale", { n: stale })] : []),
    ...(taken ? [t("bulk.taken", { n: taken })] : []),
    ...(others ? [t("bulk.refused", { n: others })] : []),
  ];
  return <strong>{parts.join(", ")}</strong>;
}

function ItemResult({ result, kind }: { result: DecisionResult | undefined; kind: "approve" | "reject" }) {
  const i18n = useI18n();
  const { t } = i18n;
  if (!result) return null;
  if (result.request) {
    return (
      <span class="step step-more">
        <Icon name="check" />
        {t(kind === "approve" ? "state.APPROVED" : "state.REJECTED")}
      </span>
    );
  }
  return (
    <span class="field-error">
      <Icon name="warning" />
      {result.error ? errorMessage(i18n, result.error) : result.errors.map(({ message }) => message).join(" ")}
    </span>
  );
}
