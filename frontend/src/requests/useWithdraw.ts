import type { ChangeRequest } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { errorMessage } from "../ui/callErrors.tsx";
import { useToast } from "../ui/Toasts.tsx";
import { useDecide } from "./useDecision.ts";

/** Takes a request back. Its row goes at once; should the server refuse, it is there again and the reason is said. */
export function useWithdraw(): (request: ChangeRequest) => Promise<void> {
  const i18n = useI18n();
  const toast = useToast();
  const decide = useDecide();
  return async (request) => {
    const { request: withdrawn, errors, error } = await decide(request, { kind: "withdraw" });
    toast(withdrawn ? i18n.t("withdrawn") : error ? errorMessage(i18n, error) : errors.map(({ message }) => message).join(" "));
  };
}
