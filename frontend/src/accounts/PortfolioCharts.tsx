import { useQuery } from "@urql/preact";
import { useMemo } from "preact/hooks";
import { PORTFOLIO, type AccountsVariables, type Portfolio } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { useViewer } from "../session/session.tsx";
import { Figure } from "../ui/Figure.tsx";
import { useLastDefined } from "../ui/useLastDefined.ts";
import { DatapointsByLicence } from "./DatapointsByLicence.tsx";
import { monthsFrom } from "./expiring.ts";
import { ExpiryTimeline } from "./ExpiryTimeline.tsx";

const PLACEHOLDER_LICENCES = 4;

interface PortfolioChartsProps {
  variables: Pick<AccountsVariables, "search" | "filter">;
  /** The filters of the list, as named in the query string. */
  licence: string | undefined;
  expires: string | undefined;
}

/** Charts of the accounts in the list below. A click on a bar sets a filter. */
export function PortfolioCharts({ variables, licence, expires }: PortfolioChartsProps) {
  const { t, number } = useI18n();
  const [{ data, fetching }] = useQuery({ query: PORTFOLIO, variables: { search: variables.search ?? null, filter: variables.filter ?? null } });
  const { organisation } = useViewer();
  const placeholder = useMemo(() => placeholderFor(organisation?.today), [organisation?.today]);
  const loaded = useLastDefined(data)?.portfolio;
  const portfolio = loaded ?? placeholder;
  return (
    <div class={!loaded ? "portfolio portfolio-placeholder" : fetching ? "portfolio dimmed" : "portfolio"} inert={!loaded}>
      <Figure
        title={t("portfolio.datapoints")}
        sum={
          <>
            <strong>{number(portfolio.datapoints)}</strong> <span class="muted">{t("portfolio.in", { n: portfolio.accounts })}</span>
          </>
        }
        picture={<DatapointsByLicence shares={portfolio.byLicence} chosen={licence} />}
        table={<LicenceTable portfolio={portfolio} />}
      />
      <Figure title={t("portfolio.expiries")} picture={<ExpiryTimeline months={portfolio.byMonthOfExpiry} chosen={expires} />} table={<MonthTable portfolio={portfolio} />} />
    </div>
  );
}

/** Empty data of the same size as the answer, so that the layout does not shift when it arrives. */
function placeholderFor(today: string | undefined): Portfolio {
  const none = { accounts: 0, datapoints: 0 };
  return {
    ...none,
    byLicence: Array.from({ length: PLACEHOLDER_LICENCES }, (_, rank) => ({ licence: { code: String(rank), name: "", rank }, ...none })),
    byMonthOfExpiry: monthsFrom(today).map((month) => ({ firstDay: `${month}-01`, ...none })),
  };
}

function LicenceTable({ portfolio }: { portfolio: Portfolio }) {
  const { t, number } = useI18n();
  return (
    <table class="figure-table">
      <thead>
        <tr>
          <th scope="col">{t("license")}</th>
          <th scope="col">{t("portfolio.accounts")}</th>
          <th scope="col">{t("datapoints")}</th>
        </tr>
      </thead>
      <tbody>
        {portfolio.byLicence.map(({ licence, accounts, datapoints }) => (
          <tr key={licence.code}>
            <th scope="row">{licence.name}</th>
            <td>{number(accounts)}</td>
            <td>{number(datapoints)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function MonthTable({ portfolio }: { portfolio: Portfolio }) {
  const { t, number, month } = useI18n();
  return (
    <table class="figure-table">
      <thead>
        <tr>
          <th scope="col">{t("portfolio.month")}</th>
          <th scope="col">{t("portfolio.accounts")}</th>
          <th scope="col">{t("datapoints")}</th>
        </tr>
      </thead>
      <tbody>
        {portfolio.byMonthOfExpiry.map(({ firstDay, accounts, datapoints }) => (
          <tr key={firstDay}>
            <th scope="row">{month(firstDay, "long")}</th>
            <td>{number(accounts)}</td>
            <td>{number(datapoints)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
