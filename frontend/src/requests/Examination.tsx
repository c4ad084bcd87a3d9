import { useQuery } from "@urql/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { CATALOGUE, REQUEST, type Request } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { Comment } from "../ui/Field.tsx";
import { Icon } from "../ui/icons.tsx";
import { LoadError, Skeleton } from "../ui/states.tsx";
import { Changes, DiffTable } from "./Changes.tsx";
import { StateBadge } from "./StateBadge.tsx";
import { useDecision } from "./useDecision.ts";

const SHORTEST_REASON = 10;

/** A request under examination: what it would change, the rules, and the decision. */
export function Examination({ id, onClose }: { id: string; onClose: () => void }) {
  const { t, instant } = useSpeech();
  const heading = useRef<HTMLHeadingElement>(null);
  const [{ data, error }, again] = useQuery({ query: REQUEST, variables: { id }, requestPolicy: "cache-and-network" });
  const request = data?.changeRequest;
  useEffect(() => {
    if (request) heading.current?.focus();
  }, [request?.id]);
  const refresh = () => again({ requestPolicy: "network-only" });
  if (!request) return error ? <LoadError error={error} onRetry={refresh} /> : <Skeleton />;
  const broken = request.preview.rules.filter((rule) => !rule.holds);
  return (
    <section class="card examination" aria-labelledby="examined">
      <header class="dialog-head">
        <h2 id="examined" ref={heading} tabIndex={-1}>
          {t(`type.${request.type}`)} · {request.accountName}
        </h2>
        <button type="button" class="icon-button" aria-label={t("close")} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <dl class="facts">
        <dt>{t("organisation")}</dt>
        <dd>{request.organisation.name}</dd>
        <dt>{t("asked.by")}</dt>
        <dd>
          {request.requestedBy.name}, <time dateTime={request.requestedAt}>{instant(request.requestedAt)}</time>
        </dd>
        {request.account && (
          <>
            <dt>{t("name")}</dt>
            <dd>
              <a href={`/management/accounts/${request.account.id}`}>{request.account.name}</a>
            </dd>
          </>
        )}
      </dl>
      <DiffTable request={request} />
      {request.comment && <blockquote>{request.comment}</blockquote>}
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
      {request.decision ? <Decided request={request} /> : <Deciding request={request} onRefresh={refresh} />}
    </section>
  );
}

function Decided({ request }: { request: Request }) {
  const { instant } = useSpeech();
  const { decision } = request;
  return (
    <div class="notice" role="status">
      <Icon name={request.state === "APPROVED" ? "check" : "close"} />
      <div>
        <StateBadge state={request.state} />
        {decision && (
          <p>
            {decision.by.name}, <time dateTime={decision.at}>{instant(decision.at)}</time>
          </p>
        )}
        {decision?.reason && <p>{decision.reason}</p>}
      </div>
    </div>
  );
}

function Deciding({ request, onRefresh }: { request: Request; onRefresh: () => void }) {
  const { t } = useSpeech();
  const [{ data }] = useQuery({ query: CATALOGUE });
  const [rejecting, setRejecting] = useState(false);
  const [reason, setReason] = useState("");
  const [tooShort, setTooShort] = useState(false);
  const decision = useDecision();
  const problem = decision.errors[0];
  useEffect(() => {
    // Whatever stands in the way was newer than what is shown.
    if (problem) onRefresh();
  }, [problem]);
  const refused = request.allowedActions.find((allowed) => allowed.action === "APPROVE")?.reason;
  if (refused) return <p class="soft">{refused.message}</p>;
  const reject = () => {
    setTooShort(reason.trim().length < SHORTEST_REASON);
    if (reason.trim().length >= SHORTEST_REASON) void decision.reject(request, reason);
  };
  return (
    <>
      {(problem || decision.fault) && (
        <div class="notice notice-bad" role="alert">
          <Icon name="warning" />
          <div>
            <strong>{decision.fault || problem?.message}</strong>
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
        <form class="form" noValidate onSubmit={(event) => (event.preventDefault(), reject())}>
          <div class="chips" role="group" aria-label={t("reason.canned")}>
            {(["reason.1", "reason.2", "reason.3"] as const).map((key) => (
              <button key={key} type="button" class="chip" onClick={() => setReason(t(key))}>
                {t(key)}
              </button>
            ))}
          </div>
          <Comment name="reason" label={t("reason")} value={reason} max={data?.catalogue.limits.maxReasonLength ?? 500} error={tooShort ? t("reason.short") : undefined} onInput={setReason} />
          <div class="form-actions">
            <button type="button" class="button" onClick={() => setRejecting(false)}>
              {t("cancel")}
            </button>
            <button class="button danger" aria-busy={decision.deciding}>
              {t("reject")}
            </button>
          </div>
        </form>
      ) : (
        <div class="form-actions">
          <button type="button" class="button" onClick={() => setRejecting(true)}>
            {t("reject.open")}
          </button>
          <button type="button" class="button primary" aria-busy={decision.deciding} onClick={() => void decision.approve(request)}>
            <Icon name="check" />
            {t("approve")}
          </button>
        </div>
      )}
    </>
  );
}
