import { useQuery } from "@urql/preact";
import { REQUEST } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { useViewer } from "../session/session.tsx";
import { Icon } from "../ui/icons.tsx";
import { ChangeInShort } from "./Changes.tsx";
import { Withdraw } from "./Withdraw.tsx";

/** What waits for approval on an account, above everything else about it. */
export function PendingRequest({ id }: { id: string }) {
  const { t, ago } = useSpeech();
  const { can } = useViewer();
  const [{ data }] = useQuery({ query: REQUEST, variables: { id } });
  const request = data?.changeRequest;
  if (!request || request.state !== "PENDING") return null;
  return (
    <div class="notice">
      <Icon name="clock" />
      <div>
        <strong>
          {t("pending.title")}: {t(`type.${request.type}`)}
        </strong>
        <ChangeInShort type={request.type} changes={request.preview.changes} />
        <small class="soft">
          {request.requestedBy.name}, {ago(request.requestedAt)}
        </small>
      </div>
      {can.decideRequests && (
        <a class="button" href={`/queue/${request.id}`}>
          {t("queue")}
        </a>
      )}
      <Withdraw request={request} />
    </div>
  );
}
