import type { ChangeRequest } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { errorMessage } from "../ui/callErrors.tsx";
import { useToast } from "../ui/Toasts.tsx";
import { useDecide } from "./useDecision.ts";

/** Withdraws a request. Its row disappears at once; if the server refuses, it is restored and a toast says why. */
export function useWithdraw(): (request: ChangeRequest) => Promise<void> {
  const i18n = useI18n();
  const toast = useToast();
  const decide = useDecide();
  return async (request) => {
    const { request: withdrawn, errors, error } = await decide(request, { kind: "withdraw" });
    toast(withdrawn ? i18n.t("withdrawn") : error ? errorMessage(i18n, error) : errors.map(({ message }) => message).join(" "));
  };
}
