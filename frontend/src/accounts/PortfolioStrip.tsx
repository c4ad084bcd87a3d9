import { useQuery } from "@urql/preact";
import { PORTFOLIO, type AccountsVariables, type Portfolio } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { Figure } from "../ui/Figure.tsx";
import { useKept } from "../ui/useKept.ts";
import { DatapointsByLicence } from "./DatapointsByLicence.tsx";
import { ExpiryTimeline } from "./ExpiryTimeline.tsx";

interface PortfolioStripProps {
  asked: Pick<AccountsVariables, "search" | "filter">;
  /** What the list is narrowed to, as the address names it. */
  licence: string | undefined;
  expires: string | undefined;
}

/** The list above which it stands in pictures; what is clicked in them narrows the list. */
export function PortfolioStrip({ asked, licence, expires }: PortfolioStripProps) {
  const { t, number } = useSpeech();
  const [{ data, fetching }] = useQuery({ query: PORTFOLIO, variables: { search: asked.search ?? null, filter: asked.filter ?? null } });
  const portfolio = useKept(data)?.portfolio;
  if (!portfolio) return <div class="portfolio" aria-hidden="true"><div class="card figure" /><div class="card figure" /></div>;
  return (
    <div class={fetching ? "portfolio dimmed" : "portfolio"}>
      <Figure
        title={t("portfolio.datapoints")}
        sum={
          <>
            <strong>{number(portfolio.datapoints)}</strong> <span class="soft">{t("portfolio.in", { n: portfolio.accounts })}</span>
          </>
        }
        picture={<DatapointsByLicence shares={portfolio.byLicence} chosen={licence} />}
        table={<LicenceTable portfolio={portfolio} />}
      />
      <Figure title={t("portfolio.expiries")} picture={<ExpiryTimeline months={portfolio.byMonthOfExpiry} chosen={expires} />} table={<MonthTable portfolio={portfolio} />} />
    </div>
  );
}

function LicenceTable({ portfolio }: { portfolio: Portfolio }) {
  const { t, number } = useSpeech();
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
  const { t, number, month } = useSpeech();
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
