import type { Account } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { Expiry } from "./Expiry.tsx";

const DAY_MS = 86_400_000;

/** Datapoints, licence, term and expiry of an account. */
export function KeyFacts({ account }: { account: Account }) {
  const { t, number, date } = useI18n();
  return (
    <dl class="card key-facts">
      <div>
        <dt>{t("datapoints")}</dt>
        <dd class="key-fact">{number(account.datapoints)}</dd>
      </div>
      <div>
        <dt>{t("license")}</dt>
        <dd class="key-fact">{account.licence.name}</dd>
      </div>
      <div>
        <dt>{t("term")}</dt>
        <dd>
          {date(account.startsOn)} – {date(account.expiresOn)}
          <span class="bar-line term-line">
            <span class={account.daysLeft < 0 ? "bar-fill bar-muted" : "bar-fill"} style={{ "--share": elapsed(account) }} />
          </span>
        </dd>
      </div>
      <div>
        <dt>{t("expires")}</dt>
        <dd>
          <Expiry on={account.expiresOn} daysLeft={account.daysLeft} />
        </dd>
      </div>
    </dl>
  );
}

/** The elapsed share of the term, from 0 to 1. */
function elapsed({ startsOn, expiresOn, daysLeft }: Account): number {
  const days = (Date.parse(expiresOn) - Date.parse(startsOn)) / DAY_MS + 1;
  return Math.min(1, Math.max(0, 1 - (daysLeft + 1) / days));
}

/** The other fields of the contract. */
export function Facts({ account }: { account: Account }) {
  const { t, number } = useI18n();
  return (
    <section class="card">
      <h2>{t("facts")}</h2>
      <dl class="facts">
        <dt>{t("client")}</dt>
        <dd>{account.clientName}</dd>
        <dt>{t("sector")}</dt>
        <dd>{account.sector.name}</dd>
        <dt>{t("country")}</dt>
        <dd>{account.country.name}</dd>
        {account.rtcLines > 0 && (
          <>
            <dt>{t("rtc")}</dt>
            <dd>{number(account.rtcLines)}</dd>
          </>
        )}
        <dt>{t("domain")}</dt>
        <dd>{account.mailDomain ?? t("domain.none")}</dd>
      </dl>
    </section>
  );
}
