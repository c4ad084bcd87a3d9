import type { Account } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { REQUEST_TYPES } from "../requests/types/index.ts";
import { Icon } from "../ui/icons.tsx";
import { AccountMenu } from "./AccountMenu.tsx";
import { SOON_DAYS } from "./expiring.ts";
import { LicenceBadge } from "./LicenceBadge.tsx";
import { PendingBadges } from "./PendingBadges.tsx";

/** The heading of an account's page: name, licence, state, pending requests and actions. */
export function AccountHeader({ account, onRequest }: { account: Account; onRequest: (path: string) => void }) {
  const { t } = useI18n();
  const isExpired = account.zone === "EXPIRED";
  const { menu: renewal } = REQUEST_TYPES.RENEWAL;
  const mayRenew = account.allowedActions.some(({ action, allowed }) => action === renewal.action && allowed);
  return (
    <div>
      <a class="back-link" href={isExpired ? "/management/expired" : "/management/active"}>
        <Icon name="back" />
        {t(isExpired ? "zone.expired" : "zone.active")}
      </a>
      <div class="page-head">
        <div class="head-title">
          <div class="title-line">
            <h1>{account.name}</h1>
            <LicenceBadge licence={account.licence} />
            {isExpired && <span class="badge state-rejected">{t("expired")}</span>}
            <PendingBadges account={account} />
          </div>
          <p class="muted">
            {account.clientName} · {account.organisation.name}
          </p>
        </div>
        <div class="head-actions">
          {mayRenew && account.daysLeft <= SOON_DAYS && (
            <a class="button primary" href={`/management/accounts/${account.id}/${renewal.path}`}>
              {t(renewal.label)}
            </a>
          )}
          <AccountMenu account={account} onPage onRequest={onRequest} />
        </div>
      </div>
    </div>
  );
}
