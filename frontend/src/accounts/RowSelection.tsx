import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import type { Account } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { RENEWALS_PATH } from "../requests/dialogRoutes.ts";
import { REQUEST_TYPES } from "../requests/types/index.ts";

/** The selected rows of a page. Only accounts that can be renewed now can be selected. */
export interface RowSelection {
  chosen: readonly Account[];
  isSelected: (account: Account) => boolean;
  set: (accounts: readonly Account[], on: boolean) => void;
}

export function useRowSelection(accounts: readonly Account[]): RowSelection {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  return {
    chosen: accounts.filter((account) => isRenewable(account) && selected.has(account.id)),
    isSelected: ({ id }) => selected.has(id),
    set: (changed, on) => {
      const ids = changed.map(({ id }) => id);
      setSelected((before) => new Set(on ? [...before, ...ids] : [...before].filter((id) => !ids.includes(id))));
    },
  };
}

function isRenewable(account: Account): boolean {
  return account.allowedActions.some(({ action, allowed }) => action === REQUEST_TYPES.RENEWAL.menu.action && allowed);
}

/** The checkbox of a row. */
export function RowCheckbox({ account, selection }: { account: Account; selection: RowSelection }) {
  const { t } = useI18n();
  return (
    <td role="cell" class="checkbox-cell">
      {isRenewable(account) && (
        <label class="row-checkbox">
          <input type="checkbox" checked={selection.isSelected(account)} aria-label={t("tick", { name: account.name })} onChange={(event) => selection.set([account], event.currentTarget.checked)} />
        </label>
      )}
    </td>
  );
}

/** The checkbox that selects all rows of the page. */
export function SelectAllCheckbox({ accounts, selection }: { accounts: readonly Account[]; selection: RowSelection }) {
  const { t } = useI18n();
  const renewable = accounts.filter(isRenewable);
  const all = renewable.length > 0 && selection.chosen.length === renewable.length;
  return (
    <th role="columnheader" scope="col" class="checkbox-cell">
      <label class="row-checkbox">
        <input
          type="checkbox"
          checked={all}
          ref={(box) => {
            if (box) box.indeterminate = selection.chosen.length > 0 && !all;
          }}
          aria-label={t("queue.tick.all")}
          onChange={(event) => selection.set(renewable, event.currentTarget.checked)}
        />
      </label>
    </th>
  );
}

/** The actions for the selected accounts; sticky while any is selected. */
export function SelectionBar({ selection }: { selection: RowSelection }) {
  const { t } = useI18n();
  const { route } = useLocation();
  const { chosen } = selection;
  return (
    <div class={chosen.length > 0 ? "selection-bar" : undefined} role="status">
      {chosen.length > 0 && (
        <>
          <span>{t("queue.ticked", { n: chosen.length })}</span>
          <button type="button" class="button" onClick={() => selection.set(chosen, false)}>
            {t("tick.none")}
          </button>
          <button type="button" class="button primary" onClick={() => route(`${RENEWALS_PATH}?accounts=${chosen.map(({ id }) => id).join(",")}`)}>
            {t("renew.several", { n: chosen.length })}
          </button>
        </>
      )}
    </div>
  );
}
