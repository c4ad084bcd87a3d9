import type { LedgerMail } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";

const BADGE_CLASSES: Record<string, string> = {
  SENT: "state-approved",
  SENT_MAYBE_TWICE: "state-approved",
  FAILED: "state-rejected",
  UNKNOWN: "state-rejected",
  IN_DOUBT: "state-pending",
};

/** The state of a mail as a badge; a waiting mail that is not recorded yet is shown as planned. */
export function MailState({ state, planned = false }: { state: LedgerMail["state"]; planned?: boolean }) {
  const { t } = useI18n();
  return <span class={`badge ${BADGE_CLASSES[state] ?? ""}`}>{t(planned && state === "WAITING" ? "mail.PLANNED" : `mail.${state}`)}</span>;
}
