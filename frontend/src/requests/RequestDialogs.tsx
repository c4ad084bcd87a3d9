import "../styles/forms.css";
import { useLocation } from "preact-iso";
import { useViewer } from "../session/session.tsx";
import { AccountDialog } from "./AccountDialog.tsx";
import { matchAccountRequest, RENEWALS_PATH, matchRequest } from "./dialogRoutes.ts";
import { RenewalsDialog } from "./RenewalsDialog.tsx";
import { RequestDialog } from "./RequestDialog.tsx";

/** The page size of the list of accounts. */
const MAX_RENEWALS = 100;

/** The dialog of the current path, if the viewer may see it. */
export function RequestDialogs({ onClose }: { onClose: () => void }) {
  const { path, query } = useLocation();
  const { can } = useViewer();
  const match = matchAccountRequest(path);
  const request = matchRequest(path);
  if (match && can.manageAccounts) return <AccountDialog key={path} id={match.account} request={match.request} onClose={onClose} />;
  const accountIds = (query["accounts"] ?? "").split(",").filter(Boolean).slice(0, MAX_RENEWALS);
  if (path === RENEWALS_PATH && accountIds.length > 0 && can.manageAccounts) return <RenewalsDialog key={query["accounts"]} ids={accountIds} onClose={onClose} />;
  if (request && (can.manageAccounts || can.decideRequests)) return <RequestDialog key={path} id={request} onClose={onClose} />;
  return null;
}
