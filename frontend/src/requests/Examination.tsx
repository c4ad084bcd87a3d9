import { useQuery } from "@urql/preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { errorCode } from "../api/client.ts";
import { REQUEST_IN_FULL, type ChangeRequestDetails } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { ErrorMessage } from "../ui/callErrors.tsx";
import { Icon } from "../ui/icons.tsx";
import { useDocumentTitle } from "../ui/navigation.ts";
import { LoadError, Skeleton } from "../ui/states.tsx";
import { useShortcuts } from "../ui/useShortcuts.ts";
import { useLastDefined } from "../ui/useLastDefined.ts";
import { Changes, DiffTable } from "./Changes.tsx";
import { RejectForm } from "./RejectForm.tsx";
import { RequestContext } from "./RequestContext.tsx";
import { RequestProgress } from "./RequestProgress.tsx";
import { DecisionNote, RequestComment } from "./RequestNotes.tsx";
import { useDecision } from "./useDecision.ts";

interface ExaminationProps {
  id: string;
  onClose: () => void;
  /** Opens the next request; undefined at the end of the list. */
  onNext: (() => void) | undefined;
}

/** A request under examination: its changes, its context and the decision. */
export function Examination({ id, onClose, onNext }: ExaminationProps) {
  const { t } = useI18n();
  const heading = useRef<HTMLHeadingElement>(null);
  const [{ data, error }, refetch] = useQuery({ query: REQUEST_IN_FULL, variables: { id } });
  const request = useLastDefined(data)?.changeRequest;
  useDocumentTitle(request ? `${t(`type.${request.type}`)} · ${request.accountName}` : undefined);
  useLayoutEffect(() => {
    if (!request) return;
    heading.current?.focus({ preventScroll: true });
    if (isPage()) scrollTo(0, 0);
  }, [request?.id]);
  const refresh = () => refetch({ requestPolicy: "network-only" });
  if (!request) return <RequestUnavailable error={error} isAbsent={data?.changeRequest === null} onRetry={refresh} />;
  const broken = request.preview.rules.filter((rule) => !rule.holds);
  return (
    <section class="card examination" aria-labelledby="examined">
      <header class="dialog-head">
        <div>
          <span class="badge">{t(`type.${request.type}`)}</span>
          <h2 id="examined" ref={heading} tabIndex={-1}>
            {request.accountName}
          </h2>
          <small class="muted">
            {request.clientTotal.clientName} · {request.organisation.name}
          </small>
        </div>
        <button type="button" class="icon-button" aria-label={t("close")} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div class="decision">
        {request.state === "PENDING" ? (
          <DecisionButtons request={request} onRefresh={refresh} />
        ) : (
          <>
            <DecisionNote request={request} />
            {onNext && (
              <div class="form-actions">
                <button type="button" class="button" onClick={onNext}>
                  {t("keys.next")}
                  <Icon name="arrow" />
                </button>
              </div>
            )}
          </>
        )}
      </div>
      <RequestProgress request={request} />
      <DiffTable request={request} account={request.account ?? undefined} />
      {request.state === "PENDING" && broken.length > 0 && (
        <div class="notice notice-bad">
          <Icon name="warning" />
          <div>
            <strong>{t("rules.broken")}</strong>
            <ul>
              {broken.map((rule) => (
                <li key={rule.code}>{rule.message}</li>
              ))}
            </ul>
          </div>
        </div>
      )}
      <RequestComment request={request} />
      <RequestContext request={request} />
    </section>
  );
}

/** On narrow screens the examination replaces the list. */
function isPage(): boolean {
  return matchMedia("(max-width: 56rem)").matches;
}

function RequestUnavailable({ error, isAbsent, onRetry }: { error: Parameters<typeof errorCode>[0]; isAbsent: boolean; onRetry: () => void }) {
  const { t } = useI18n();
  const code = errorCode(error);
  if (isAbsent || code === "NOT_FOUND" || code === "BAD_USER_INPUT") return <p class="queue-hint muted">{t("gone")}</p>;
  return error ? <LoadError error={error} onRetry={onRetry} /> : <Skeleton />;
}

function DecisionButtons({ request, onRefresh }: { request: ChangeRequestDetails; onRefresh: () => void }) {
  const { t } = useI18n();
  const [rejecting, setRejecting] = useState(false);
  const decision = useDecision();
  const problem = decision.errors[0];
  const { error, retryInS } = decision.callError;
  useEffect(() => {
    // An error means that the request has changed since it was loaded.
    if (problem) onRefresh();
  }, [problem]);
  const refused = request.allowedActions.find(({ action }) => action === "APPROVE")?.reason;
  const approve = () => void decision.approve(request);
  useShortcuts(refused ? {} : { a: approve, r: () => setRejecting(true) });
  if (refused) return <p class="muted">{refused.message}</p>;
  return (
    <>
      {(problem || error) && (
        <div class="notice notice-bad" role="alert">
          <Icon name="warning" />
          <div>
            <strong>{error ? <ErrorMessage error={error} retryInS={retryInS} /> : problem?.message}</strong>
            {problem?.code === "STALE" && (
              <>
                <Changes changes={problem.changes} />
                <p>{t("conflict.look")}</p>
              </>
            )}
          </div>
        </div>
      )}
      {rejecting ? (
        <RejectForm name={request.id} label={t("reject")} busy={decision.deciding} isBlocked={retryInS > 0} onReject={(reason) => decision.reject(request, reason)} onCancel={() => setRejecting(false)} />
      ) : (
        <div class="form-actions">
          <button type="button" class="button primary" aria-busy={decision.deciding} aria-disabled={retryInS > 0} onClick={approve}>
            <Icon name="check" />
            {t("approve")}
          </button>
          <button type="button" class="button" onClick={() => setRejecting(true)}>
            {t("reject.open")}
          </button>
        </div>
      )}
    </>
  );
}
