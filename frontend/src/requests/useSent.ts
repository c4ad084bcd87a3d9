import { useLocation } from "preact-iso";
import type { Request } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { useToast } from "../ui/Toasts.tsx";
import { useWithdrawal } from "./useWithdrawal.ts";

/** Says that a request is on its way, with the ways to look at it and to take it back. */
export function useSent(): (request: Request) => void {
  const { t } = useSpeech();
  const { route } = useLocation();
  const toast = useToast();
  const withdraw = useWithdrawal();
  return (request) =>
    toast(
      t("sent"),
      { label: t("sent.view"), onChoose: () => route(`/management/applications?new=${request.id}`) },
      { label: t("undo"), onChoose: () => void withdraw(request) },
    );
}
