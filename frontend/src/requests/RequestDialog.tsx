import { useQuery } from "@urql/preact";
import { errorCode } from "../api/client.ts";
import { REQUEST, type ChangeRequest } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { useDialogTitle } from "../ui/navigation.ts";
import { LoadError, Skeleton } from "../ui/states.tsx";
import { useLastDefined } from "../ui/useLastDefined.ts";
import { DiffTable } from "./Changes.tsx";
import { RequestProgress } from "./RequestProgress.tsx";
import { DecisionNote, RequestComment } from "./RequestNotes.tsx";
import { WithdrawButton } from "./WithdrawButton.tsx";

/** A request, as shown to the organisation that filed it. */
export function RequestDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useI18n();
  const [{ data, error }, refetch] = useQuery({ query: REQUEST, variables: { id } });
  const request = useLastDefined(data)?.changeRequest;
  const title = request && `${t(`type.${request.type}`)} · ${request.accountName}`;
  const absent = data?.changeRequest === null || errorCode(error) === "NOT_FOUND" || errorCode(error) === "BAD_USER_INPUT";
  useDialogTitle(title ?? undefined);
  return (
    <Dialog title={title ?? t("change")} onClose={onClose}>
      {request && <Contents request={request} />}
      {!request && absent && <p>{t("gone")}</p>}
      {!request && !absent && (error ? <LoadError error={error} onRetry={() => refetch({ requestPolicy: "network-only" })} /> : <Skeleton rows={4} />)}
    </Dialog>
  );
}

function Contents({ request }: { request: ChangeRequest }) {
  const { t } = useI18n();
  return (
    <>
      <RequestProgress request={request} />
      <DecisionNote request={request} />
      <DiffTable request={request} />
      <RequestComment request={request} />
      <div class="form-actions">
        {request.account && (
          <a class="button" href={`/management/accounts/${request.account.id}`}>
            {t("account.view")}
          </a>
        )}
        <WithdrawButton request={request} />
      </div>
    </>
  );
}
