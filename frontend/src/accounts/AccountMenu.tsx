import { Fragment } from "preact";
import { useLocation } from "preact-iso";
import type { Account } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { ACCOUNT_REQUESTS } from "../requests/types/index.ts";
import { useViewer } from "../session/session.tsx";
import { useToast } from "../ui/Toasts.tsx";
import { Icon } from "../ui/icons.tsx";
import { Menu, MenuAction } from "../ui/Menu.tsx";

/** Expired accounts can only be renewed, so the renewal comes first. */
function offered(account: Account) {
  return account.zone === "EXPIRED" ? [...ACCOUNT_REQUESTS].reverse() : ACCOUNT_REQUESTS;
}

/** The action menu of an account. Actions that are not allowed now are shown with the reason. */
export function AccountMenu({ account, onRequest, onPage = false }: { account: Account; onRequest: (path: string) => void; onPage?: boolean }) {
  const { t } = useI18n();
  const { route } = useLocation();
  const { can } = useViewer();
  const toast = useToast();
  const address = `/management/accounts/${account.id}`;
  const copy = async () => {
    const link = location.origin + address;
    try {
      await navigator.clipboard.writeText(link);
      toast(t("copied"));
    } catch {
      // The clipboard is not available without TLS or permission. Show the link instead.
      toast(link);
    }
  };
  return (
    <Menu label={t("row.actions", { name: account.name })} class={onPage ? "icon-button framed" : "icon-button"} button={<Icon name="more" />}>
      {can.manageAccounts &&
        offered(account).map(({ path, action, label }) => {
          const reason = account.allowedActions.find((allowed) => allowed.action === action)?.reason;
          return (
            <Fragment key={path}>
              <MenuAction label={t(label)} reason={reason?.message} onChoose={() => onRequest(path)} />
              {reason?.request && (
                <a role="menuitem" class="menu-item menu-link" data-choice href={`/management/applications/${reason.request.id}`} aria-label={`${t(label)}: ${t("request.view")}`}>
                  {t("request.view")}
                </a>
              )}
            </Fragment>
          );
        })}
      {can.manageAccounts && <hr />}
      {!onPage && <MenuAction label={t("menu.details")} onChoose={() => route(address)} />}
      {can.manageAccounts && <MenuAction label={t("menu.duplicate")} onChoose={() => route(`/management/new?like=${account.id}`)} />}
      <MenuAction label={t("menu.copy")} onChoose={() => void copy()} />
    </Menu>
  );
}
