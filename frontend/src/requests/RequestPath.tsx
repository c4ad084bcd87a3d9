import "../styles/path.css";
import type { Request } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { Icon, type IconName } from "../ui/icons.tsx";

const MARKS: Record<string, IconName> = { PENDING: "clock", APPROVED: "check", REJECTED: "close", WITHDRAWN: "back" };

/** A request's way as three steps: filed, examined by Customer Success, decided. */
export function RequestPath({ request }: { request: Pick<Request, "state" | "requestedBy" | "requestedAt" | "decision"> }) {
  const { t } = useSpeech();
  const { state, decision } = request;
  const waits = state === "PENDING";
  return (
    <ol class="path" aria-label={t("path")}>
      <li class="path-step path-done">
        <Icon name="check" />
        <strong>{t("path.filed")}</strong>
        <Moment at={request.requestedAt} who={request.requestedBy.name} />
      </li>
      <li class={waits ? "path-step path-current" : "path-step path-done"} aria-current={waits ? "step" : undefined}>
        <Icon name={waits ? "clock" : "check"} />
        <strong>{t("path.examined")}</strong>
        {waits && <small>{t("state.PENDING")}</small>}
      </li>
      <li class={`path-step path-${state.toLowerCase()}`}>
        <Icon name={MARKS[waits ? "" : state] ?? "more"} />
        <strong>{waits ? t("path.decided") : t(`state.${state}`)}</strong>
        {decision && <Moment at={decision.at} who={decision.by.name} />}
      </li>
    </ol>
  );
}

function Moment({ at, who }: { at: string; who: string }) {
  const { ago, instant } = useSpeech();
  return (
    <small>
      {who}, <time dateTime={at} title={instant(at)}>{ago(at)}</time>
    </small>
  );
}
