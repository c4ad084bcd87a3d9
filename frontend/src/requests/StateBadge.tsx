import type { Request } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";

/** Where a request stands, in words and colour. */
export function StateBadge({ state }: { state: Request["state"] }) {
  const { t } = useSpeech();
  return <span class={`badge state-${state.toLowerCase()}`}>{t(`state.${state}`)}</span>;
}
