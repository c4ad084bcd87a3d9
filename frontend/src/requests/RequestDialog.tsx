import { useQuery } from "@urql/preact";
import { codeOf } from "../api/client.ts";
import { REQUEST, type Request } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { useTitleWhileOpen } from "../ui/navigation.ts";
import { LoadError, Skeleton } from "../ui/states.tsx";
import { useKept } from "../ui/useKept.ts";
import { DiffTable } from "./Changes.tsx";
import { RequestPath } from "./RequestPath.tsx";
import { DecisionNote, RequestComment } from "./RequestWords.tsx";
import { Withdraw } from "./Withdraw.tsx";

/** A request as the organisation that filed it reads it. */
export function RequestDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useSpeech();
  const [{ data, error }, again] = useQuery({ query: REQUEST, variables: { id } });
  const request = useKept(data)?.changeRequest;
  const title = request && `${t(`type.${request.type}`)} · ${request.accountName}`;
  const absent = data?.changeRequest === null || codeOf(error) === "NOT_FOUND" || codeOf(error) === "BAD_USER_INPUT";
  useTitleWhileOpen(title ?? undefined);
  return (
    <Dialog title={title ?? t("change")} onClose={onClose}>
      {request && <Contents request={request} />}
      {!request && absent && <p>{t("gone")}</p>}
      {!request && !absent && (error ? <LoadError error={error} onRetry={() => again({ requestPolicy: "network-only" })} /> : <Skeleton rows={4} />)}
    </Dialog>
  );
}

function Contents({ request }: { request: Request }) {
  const { t } = useSpeech();
  return (
    <>
      <RequestPath request={request} />
      <DecisionNote request={request} />
      <DiffTable request={request} />
      <RequestComment request={request} />
      <div class="form-actions">
        {request.account && (
          <a class="button" href={`/management/accounts/${request.account.id}`}>
            {t("account.view")}
          </a>
        )}
        <Withdraw request={request} />
      </div>
    </>
  );
}
