import type { CombinedError } from "@urql/core";
import { useQuery } from "@urql/preact";
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { codeOf } from "../api/client.ts";
import { ACCOUNT, type Account } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { useViewer } from "../session/session.tsx";
import { PendingRequest } from "../requests/PendingRequest.tsx";
import { RequestDialog } from "../requests/RequestDialog.tsx";
import { useTitle } from "../ui/navigation.ts";
import { LoadError, Message, Skeleton } from "../ui/states.tsx";
import { useKept } from "../ui/useKept.ts";
import { AccountMenu } from "./AccountMenu.tsx";
import { Expiry } from "./Expiry.tsx";
import { LicenceBadge } from "./LicenceBadge.tsx";
import { Timeline } from "./Timeline.tsx";

/** How many more events of the timeline are asked for at a time. */
const EVENTS = 20;

/** An account whole: its contract, what awaits approval, and what happened. */
export function AccountPage({ id, action }: { id?: string; action?: string }) {
  const { t } = useSpeech();
  const { route } = useLocation();
  const { can } = useViewer();
  const [events, setEvents] = useState(EVENTS);
  const [{ data, error }, again] = useQuery({ query: ACCOUNT, variables: { id: id ?? "", events } });
  const kept = useKept(data)?.account;
  const account = kept?.id === id ? kept : undefined;
  useTitle(account?.name);
  if (!account) return <Missing error={error} found={data ? data.account !== null : true} onRetry={() => again({ requestPolicy: "network-only" })} />;
  const here = `/management/accounts/${account.id}`;
  return (
    <>
      <p>
        <a href={account.zone === "ACTIVE" ? "/management/active" : "/management/expired"}>
          ← {t(account.zone === "ACTIVE" ? "zone.active" : "zone.expired")}
        </a>
      </p>
      <div class="page-head">
        <div>
          <div class="title-line">
            <h1>{account.name}</h1>
            <LicenceBadge licence={account.licence} />
            {account.zone === "EXPIRED" && <span class="badge state-rejected">{t("expired")}</span>}
          </div>
          <p class="soft">
            {account.clientName} · {account.organisation.name}
          </p>
        </div>
        <AccountMenu account={account} onPage onRequest={(chosen) => route(`${here}/${chosen}`)} />
      </div>
      {account.pendingRequests.map((pending) => (
        <PendingRequest key={pending.id} id={pending.id} />
      ))}
      <div class="columns">
        <Facts account={account} />
        <section class="card">
          <h2>{t("timeline")}</h2>
          <Timeline events={account.timeline.nodes} />
          {account.timeline.pageInfo.hasNextPage && (
            <button type="button" class="button" onClick={() => setEvents(events + EVENTS)}>
              {t("timeline.more")}
            </button>
          )}
        </section>
      </div>
      {action && can.manageAccounts && <RequestDialog account={account} action={action} onClose={() => route(here, true)} />}
    </>
  );
}

/** What is shown while there is no account: it loads, it failed, or there is none for this viewer. */
function Missing({ error, found, onRetry }: { error: CombinedError | undefined; found: boolean; onRetry: () => void }) {
  const { t } = useSpeech();
  const code = codeOf(error);
  if (!found || code === "NOT_FOUND" || code === "BAD_USER_INPUT") {
    return (
      <Message title={t("notfound")} help={t("gone")}>
        <a class="button" href="/management/active">
          {t("section")}
        </a>
      </Message>
    );
  }
  return error ? <LoadError error={error} onRetry={onRetry} /> : <Skeleton />;
}

function Facts({ account }: { account: Account }) {
  const { t, number, date } = useSpeech();
  return (
    <section class="card">
      <h2>{t("facts")}</h2>
      <dl class="facts">
        <dt>{t("license")}</dt>
        <dd>
          <LicenceBadge licence={account.licence} />
        </dd>
        <dt>{t("datapoints")}</dt>
        <dd>{number(account.datapoints)}</dd>
        <dt>{t("term")}</dt>
        <dd>
          {date(account.startsOn)} – {date(account.expiresOn)}
        </dd>
        <dt>{t("expires")}</dt>
        <dd>
          <Expiry on={account.expiresOn} daysLeft={account.daysLeft} />
        </dd>
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
