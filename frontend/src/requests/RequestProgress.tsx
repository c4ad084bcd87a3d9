import "../styles/progress.css";
import type { ChangeRequest } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { Icon, type IconName } from "../ui/icons.tsx";

const STATE_ICONS: Record<string, IconName> = { PENDING: "clock", APPROVED: "check", REJECTED: "close", WITHDRAWN: "back" };

/** The progress of a request in three steps: filed, examined by Customer Success, decided. */
export function RequestProgress({ request }: { request: Pick<ChangeRequest, "state" | "requestedBy" | "requestedAt" | "decision"> }) {
  const { t } = useI18n();
  const { state, decision } = request;
  const isPending = state === "PENDING";
  return (
    <ol class="progress" aria-label={t("path")}>
      <li class="progress-step progress-done">
        <Icon name="check" />
        <strong>{t("path.filed")}</strong>
        <TimeAndPerson at={request.requestedAt} who={request.requestedBy.name} />
      </li>
      <li class={isPending ? "progress-step progress-current" : "progress-step progress-done"} aria-current={isPending ? "step" : undefined}>
        <Icon name={isPending ? "clock" : "check"} />
        <strong>{t("path.examined")}</strong>
        {isPending && <small>{t("state.PENDING")}</small>}
      </li>
      <li class={`progress-step progress-${state.toLowerCase()}`}>
        <Icon name={STATE_ICONS[isPending ? "" : state] ?? "more"} />
        <strong>{isPending ? t("path.decided") : t(`state.${state}`)}</strong>
        {decision && <TimeAndPerson at={decision.at} who={decision.by.name} />}
      </li>
    </ol>
  );
}

function TimeAndPerson({ at, who }: { at: string; who: string }) {
  const { ago, instant } = useI18n();
  return (
    <small>
      {who}, <time dateTime={at} title={instant(at)}>{ago(at)}</time>
    </small>
  );
}
