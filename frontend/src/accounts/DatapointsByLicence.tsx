import type { Portfolio } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { useHref } from "../ui/params.ts";

/** A bar chart of datapoints by licence. A bar sets the licence filter of the list, or clears it. */
export function DatapointsByLicence({ shares, chosen }: { shares: Portfolio["byLicence"]; chosen: string | undefined }) {
  const { t, number } = useI18n();
  const address = useHref();
  const maximum = Math.max(1, ...shares.map(({ datapoints }) => datapoints));
  return (
    <ul class="bars">
      {shares.map(({ licence, accounts, datapoints }) => {
        const isChosen = licence.code === chosen;
        return (
          <li key={licence.code}>
            <a class="bar" href={address({ license: isChosen ? undefined : licence.code })} aria-current={isChosen ? "true" : undefined}>
              <span>{licence.name}</span>
              <span class="bar-line">
                <span class={chosen && !isChosen ? "bar-fill bar-muted" : "bar-fill"} style={{ "--share": datapoints / maximum }} />
              </span>
              <span class="bar-value">
                {number(datapoints)}
                <span class="visually-hidden"> {t("portfolio.in", { n: accounts })}</span>
              </span>
            </a>
          </li>
        );
      })}
    </ul>
  );
}
