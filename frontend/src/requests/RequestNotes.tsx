import type { ChangeRequest } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { Icon } from "../ui/icons.tsx";

/** The requester's comment. */
export function RequestComment({ request }: { request: ChangeRequest }) {
  const { t } = useI18n();
  if (!request.comment) return null;
  return (
    <figure class="quote">
      <figcaption class="muted">{t("comment.of", { who: request.requestedBy.name })}</figcaption>
      <blockquote>{request.comment}</blockquote>
    </figure>
  );
}

/** The decision on a request: by whom, when and why. */
export function DecisionNote({ request }: { request: ChangeRequest }) {
  const { t, ago, instant } = useI18n();
  const { decision, state } = request;
  if (!decision || state === "PENDING") return null;
  return (
    <div class={`notice notice-${state.toLowerCase()}`} role="status">
      <Icon name={state === "APPROVED" ? "check" : state === "REJECTED" ? "close" : "back"} />
      <div>
        <strong>{t(`decided.${state}`, { who: decision.by.name })}</strong>{" "}
        <time class="muted" dateTime={decision.at} title={instant(decision.at)}>
          {ago(decision.at)}
        </time>
        {decision.reason && <p>{decision.reason}</p>}
      </div>
    </div>
  );
}
