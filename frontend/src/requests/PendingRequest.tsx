import { useQuery } from "@urql/preact";
import { REQUEST } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { useViewer } from "../session/session.tsx";
import { Icon } from "../ui/icons.tsx";
import { ChangeSummary } from "./Changes.tsx";
import { RequestProgress } from "./RequestProgress.tsx";
import { WithdrawButton } from "./WithdrawButton.tsx";

/** A pending request at the top of its account's page. */
export function PendingRequest({ id }: { id: string }) {
  const { t } = useI18n();
  const { can } = useViewer();
  const [{ data }] = useQuery({ query: REQUEST, variables: { id } });
  const request = data?.changeRequest;
  if (!request || request.state !== "PENDING") return null;
  return (
    <div class="notice pending-request">
      <Icon name="clock" />
      <div>
        <strong>
          {t("pending.title")} · {t(`type.${request.type}`)}
        </strong>
        <ChangeSummary type={request.type} changes={request.preview.changes} />
        <RequestProgress request={request} />
      </div>
      {can.decideRequests && (
        <a class="button" href={`/queue/${request.id}`}>
          {t("queue")}
        </a>
      )}
      <WithdrawButton request={request} />
    </div>
  );
}
