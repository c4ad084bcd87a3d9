import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import type { Account } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { RENEWALS } from "../requests/dialogAddresses.ts";
import { REQUEST_TYPES } from "../requests/types/index.ts";

/** Which accounts of a page are ticked; only those whose renewal can be asked for now can be. */
export interface Ticks {
  chosen: readonly Account[];
  has: (account: Account) => boolean;
  turn: (accounts: readonly Account[], on: boolean) => void;
}

export function useTicks(accounts: readonly Account[]): Ticks {
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  return {
    chosen: accounts.filter((account) => isRenewable(account) && ticked.has(account.id)),
    has: ({ id }) => ticked.has(id),
    turn: (turned, on) => {
      const ids = turned.map(({ id }) => id);
      setTicked((before) => new Set(on ? [...before, ...ids] : [...before].filter((id) => !ids.includes(id))));
    },
  };
}

function isRenewable(account: Account): boolean {
  return account.allowedActions.some(({ action, allowed }) => action === REQUEST_TYPES.RENEWAL.menu.action && allowed);
}

/** The tick of a row. */
export function Tick({ account, ticks }: { account: Account; ticks: Ticks }) {
  const { t } = useSpeech();
  return (
    <td role="cell" class="tick-cell">
      {isRenewable(account) && (
        <label class="tick">
          <input type="checkbox" checked={ticks.has(account)} aria-label={t("tick", { name: account.name })} onChange={(event) => ticks.turn([account], event.currentTarget.checked)} />
        </label>
      )}
    </td>
  );
}

/** The tick of all rows of the page. */
export function TickAll({ accounts, ticks }: { accounts: readonly Account[]; ticks: Ticks }) {
  const { t } = useSpeech();
  const renewable = accounts.filter(isRenewable);
  const all = renewable.length > 0 && ticks.chosen.length === renewable.length;
  return (
    <th role="columnheader" scope="col" class="tick-cell">
      <label class="tick">
        <input
          type="checkbox"
          checked={all}
          ref={(box) => {
            if (box) box.indeterminate = ticks.chosen.length > 0 && !all;
          }}
          aria-label={t("queue.tick.all")}
          onChange={(event) => ticks.turn(renewable, event.currentTarget.checked)}
        />
      </label>
    </th>
  );
}

/** What can be done with the ticked accounts; it stays in sight while rows are ticked. */
export function TickBar({ ticks }: { ticks: Ticks }) {
  const { t } = useSpeech();
  const { route } = useLocation();
  const { chosen } = ticks;
  return (
    <div class={chosen.length > 0 ? "tick-bar" : undefined} role="status">
      {chosen.length > 0 && (
        <>
          <span>{t("queue.ticked", { n: chosen.length })}</span>
          <button type="button" class="button" onClick={() => ticks.turn(chosen, false)}>
            {t("tick.none")}
          </button>
          <button type="button" class="button primary" onClick={() => route(`${RENEWALS}?accounts=${chosen.map(({ id }) => id).join(",")}`)}>
            {t("renew.several", { n: chosen.length })}
          </button>
        </>
      )}
    </div>
  );
}
