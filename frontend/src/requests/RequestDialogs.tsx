import "../styles/forms.css";
import { useLocation } from "preact-iso";
import { useViewer } from "../session/session.tsx";
import { AccountDialog } from "./AccountDialog.tsx";
import { accountRequestAt, requestAt } from "./dialogAddresses.ts";
import { RequestDialog } from "./RequestDialog.tsx";

/** The dialog whose address is at hand; the screen beneath says what its visitor may not see. */
export function RequestDialogs({ onClose }: { onClose: () => void }) {
  const { path } = useLocation();
  const { can } = useViewer();
  const asked = accountRequestAt(path);
  const request = requestAt(path);
  if (asked && can.manageAccounts) return <AccountDialog key={path} id={asked.account} action={asked.action} onClose={onClose} />;
  if (request && (can.manageAccounts || can.decideRequests)) return <RequestDialog key={path} id={request} onClose={onClose} />;
  return null;
}
