import type { Account } from "../api/operations.ts";
import { useI18n, type MessageKey } from "../i18n/i18n.tsx";
import { useViewer } from "../session/session.tsx";
import { Icon } from "../ui/icons.tsx";
import { AccountMenu } from "./AccountMenu.tsx";
import { Expiry } from "./Expiry.tsx";
import { LicenceBadge } from "./LicenceBadge.tsx";
import { SORTS } from "./listQuery.ts";
import { PendingBadges } from "./PendingBadges.tsx";
import { RowCheckbox, SelectAllCheckbox, type RowSelection } from "./RowSelection.tsx";
import { useProgressiveRows } from "./useProgressiveRows.ts";

interface AccountTableProps {
  /** The accessible name of the table. */
  label: string;
  accounts: readonly Account[];
  dimmed: boolean;
  /** The sort column; a leading - sorts in descending order. */
  sort: string;
  onSort: (sort: string) => void;
  onRequest: (account: Account, path: string) => void;
  /** Undefined where rows cannot be selected. */
  selection?: RowSelection | undefined;
}

/** Accounts as table rows; on narrow screens as cards. */
export function AccountTable({ label, accounts, dimmed, sort, onSort, onRequest, selection }: AccountTableProps) {
  const { t, number } = useI18n();
  const { organisation } = useViewer();
  const rows = useProgressiveRows(accounts);
  const [name, client, license, datapoints, expires] = SORTS.map((column) => (
    <SortHeader key={column.param} {...column} sort={sort} onSort={onSort} />
  ));
  return (
    <table class={dimmed ? "table table-accounts dimmed" : "table table-accounts"} role="table" aria-label={label}>
      <thead role="rowgroup">
        <tr role="row">
          {selection && <SelectAllCheckbox accounts={accounts} selection={selection} />}
          {name}
          {client}
          {license}
          {datapoints}
          <th role="columnheader" scope="col">
            {t("sector")}
          </th>
          {expires}
          <th role="columnheader" scope="col">
            {t("status")}
          </th>
          <th role="columnheader" scope="col" class="narrow">
            <span class="visually-hidden">{t("actions")}</span>
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((account) => (
          <tr key={account.id} role="row">
            {selection && <RowCheckbox account={account} selection={selection} />}
            <th role="rowheader" scope="row">
              <a href={`/management/accounts/${account.id}`}>{account.name}</a>
              {!organisation && <small class="muted">{account.organisation.name}</small>}
            </th>
            <td role="cell" data-label={t("client.short")}>
              {account.clientName}
            </td>
            <td role="cell" data-label={t("license")}>
              <LicenceBadge licence={account.licence} />
            </td>
            <td role="cell" class="number" data-label={t("datapoints")}>
              {number(account.datapoints)}
            </td>
            <td role="cell" data-label={t("sector")}>
              {account.sector.name}
            </td>
            <td role="cell" data-label={t("expires")}>
              <Expiry on={account.expiresOn} daysLeft={account.daysLeft} />
            </td>
            <td role="cell" class={account.pendingRequests.length ? "badges" : "empty-cell"} data-label={t("status")}>
              <PendingBadges account={account} />
            </td>
            <td role="cell" class="narrow">
              <AccountMenu account={account} onRequest={(path) => onRequest(account, path)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function SortHeader(props: { param: string; label: MessageKey; sort: string; onSort: (sort: string) => void }) {
  const { t } = useI18n();
  const direction = props.sort === props.param ? "ascending" : props.sort === `-${props.param}` ? "descending" : undefined;
  return (
    <th role="columnheader" scope="col" aria-sort={direction} class={props.param === "datapoints" ? "number" : ""}>
      <button type="button" class="sort" onClick={() => props.onSort(direction === "ascending" ? `-${props.param}` : props.param)}>
        {t(props.label)}
        {direction && <Icon name={direction === "ascending" ? "up" : "down"} />}
      </button>
    </th>
  );
}
