import type { ChangeRequest } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";

/** The state of a request as a badge. */
export function StateBadge({ state }: { state: ChangeRequest["state"] }) {
  const { t } = useI18n();
  return <span class={`badge state-${state.toLowerCase()}`}>{t(`state.${state}`)}</span>;
}
