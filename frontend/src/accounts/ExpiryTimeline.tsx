import type { Portfolio } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { useHref } from "../ui/params.ts";

/** A column chart of expiries by month. A column sets the expiry filter of the list, or clears it. */
export function ExpiryTimeline({ months, chosen }: { months: Portfolio["byMonthOfExpiry"]; chosen: string | undefined }) {
  const { month, number } = useI18n();
  const address = useHref();
  const maximum = Math.max(1, ...months.map(({ accounts }) => accounts));
  return (
    <ol class="columns-chart">
      {months.map(({ firstDay, accounts }, index) => {
        const name = firstDay.slice(0, 7);
        const isChosen = name === chosen;
        const kind = chosen?.includes("-") && !isChosen ? "column-fill bar-muted" : index === 0 ? "column-fill column-current" : "column-fill";
        const inside = (
          <>
            <span class="visually-hidden">{month(firstDay, "long")}: </span>
            <span class="column-value">{number(accounts)}</span>
            <span class={kind} style={{ "--share": accounts / maximum }} />
            <span class="column-name" aria-hidden="true">
              {month(firstDay, "short").replace(".", "")}
              {(index === 0 || firstDay.slice(5, 7) === "01") && <small>{firstDay.slice(0, 4)}</small>}
            </span>
          </>
        );
        return (
          <li key={firstDay}>
            {accounts > 0 || isChosen ? (
              <a class="column" href={address({ expires: isChosen ? undefined : name })} aria-current={isChosen ? "true" : undefined}>
                {inside}
              </a>
            ) : (
              <span class="column column-empty">{inside}</span>
            )}
          </li>
        );
      })}
    </ol>
  );
}
