import { useQuery } from "@urql/preact";
import { useRef } from "preact/hooks";
import { errorCode } from "../api/client.ts";
import { ACCOUNT_TO_CHANGE, type Account } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { Dialog, LoadingDialog } from "../ui/Dialog.tsx";
import { Icon } from "../ui/icons.tsx";
import { useDialogTitle } from "../ui/navigation.ts";
import { LoadError, Skeleton } from "../ui/states.tsx";
import { useLastDefined } from "../ui/useLastDefined.ts";
import { FORMS } from "./types/forms.ts";
import type { AccountRequest } from "./types/index.ts";

export interface AccountFormProps {
  account: Account;
  /** Refetches the account. */
  onStale: () => void;
  onClose: () => void;
}

/** The dialog of a request about an account. Where the API does not allow it now, it shows the reason. */
export function AccountDialog({ id, request: { path, label, action }, onClose }: { id: string; request: AccountRequest; onClose: () => void }) {
  const { t } = useI18n();
  const [{ data, error }, refetch] = useQuery({ query: ACCOUNT_TO_CHANGE, variables: { id } });
  const account = useLastDefined(data)?.account;
  const onStale = () => refetch({ requestPolicy: "network-only" });
  const title = account ? `${t(label)} · ${account.name}` : t(label);
  useDialogTitle(title);
  const Form = FORMS[path];
  const reason = account?.allowedActions.find((allowed) => allowed.action === action)?.reason;
  const open = useRef(false);
  // An open form stays open when the request is no longer allowed, so that its values are not lost.
  open.current ||= Boolean(account && !reason);
  const absent = data?.account === null || errorCode(error) === "NOT_FOUND" || errorCode(error) === "BAD_USER_INPUT";
  if (!account && !error && !absent) {
    return (
      <LoadingDialog onClose={onClose}>
        <Skeleton rows={4} />
      </LoadingDialog>
    );
  }
  return (
    <Dialog title={title} onClose={onClose}>
      {reason && (
        <div class="notice">
          <Icon name="clock" />
          <div>
            <p>{reason.message}</p>
            {reason.request && <a href={`/management/applications/${reason.request.id}`}>{t("request.view")}</a>}
          </div>
        </div>
      )}
      {account && open.current && <Form account={account} onStale={onStale} onClose={onClose} />}
      {!account && (absent ? <p>{t("gone")}</p> : <LoadError error={error} onRetry={onStale} />)}
    </Dialog>
  );
}
