import { useLocation } from "preact-iso";
import type { ChangeRequest } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { useToast } from "../ui/Toasts.tsx";
import { useWithdraw } from "./useWithdraw.ts";

/** The toast for a filed request, with actions to view and to withdraw it. */
export function useSentToast(): (request: ChangeRequest) => void {
  const { t } = useI18n();
  const { route } = useLocation();
  const toast = useToast();
  const withdraw = useWithdraw();
  return (request) =>
    toast(
      t("sent"),
      { label: t("sent.view"), onChoose: () => route(`/management/applications?new=${request.id}`) },
      { label: t("undo"), onChoose: () => void withdraw(request) },
    );
}
