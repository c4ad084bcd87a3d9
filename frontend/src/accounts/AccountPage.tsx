import "../styles/account.css";
import type { CombinedError } from "@urql/core";
import { useQuery } from "@urql/preact";
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { errorCode } from "../api/client.ts";
import { ACCOUNT } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { ReminderLog } from "../mail/ReminderLog.tsx";
import { PendingRequest } from "../requests/PendingRequest.tsx";
import { useDocumentTitle } from "../ui/navigation.ts";
import { useParams } from "../ui/params.ts";
import { LoadError, MessagePage, Skeleton } from "../ui/states.tsx";
import { useLastDefined } from "../ui/useLastDefined.ts";
import { AccountHeader } from "./AccountHeader.tsx";
import { Facts, KeyFacts } from "./Facts.tsx";
import { DatapointsOverTime } from "./DatapointsOverTime.tsx";
import { daysAfter } from "./expiring.ts";
import { Timeline, timelineKind } from "./Timeline.tsx";

/** Events of the timeline per page. */
const EVENTS_PER_PAGE = 20;

/** The page of one account: contract, pending requests, reminders, timeline. */
export function AccountPage({ id }: { id?: string }) {
  const { route } = useLocation();
  const [params, change] = useParams();
  const [events, setEvents] = useState(EVENTS_PER_PAGE);
  const kind = timelineKind(params["events"]);
  const [{ data, error, fetching }, refetch] = useQuery({ query: ACCOUNT, variables: { id: id ?? "", events, kinds: kind ? [kind] : null } });
  const latest = useLastDefined(data)?.account;
  const account = latest?.id === id ? latest : undefined;
  useDocumentTitle(account?.name);
  if (!account) return <AccountUnavailable error={error} found={data ? data.account !== null : true} onRetry={() => refetch({ requestPolicy: "network-only" })} />;
  const accountPath = `/management/accounts/${account.id}`;
  return (
    <>
      <AccountHeader account={account} onRequest={(path) => route(`${accountPath}/${path}`)} />
      {account.pendingRequests.map((pending) => (
        <PendingRequest key={pending.id} id={pending.id} />
      ))}
      <KeyFacts account={account} />
      <div class="columns">
        <div class="stack">
          <Facts account={account} />
          <ReminderLog id={account.id} />
        </div>
        <div class="stack">
          <DatapointsOverTime steps={account.datapointsHistory} today={daysAfter(account.expiresOn, -account.daysLeft)} />
          <Timeline
            account={account}
            kind={kind}
            dimmed={fetching}
            onKind={(chosen) => change({ events: chosen?.toLowerCase() }, "replace")}
            onMore={() => setEvents(events + EVENTS_PER_PAGE)}
          />
        </div>
      </div>
    </>
  );
}

/** Shown without an account: while it loads, after an error, or where the viewer may not see one. */
function AccountUnavailable({ error, found, onRetry }: { error: CombinedError | undefined; found: boolean; onRetry: () => void }) {
  const { t } = useI18n();
  const code = errorCode(error);
  if (!found || code === "NOT_FOUND" || code === "BAD_USER_INPUT") {
    return (
      <MessagePage title={t("notfound")} help={t("gone")}>
        <a class="button" href="/management/active">
          {t("section")}
        </a>
      </MessagePage>
    );
  }
  return error ? <LoadError error={error} onRetry={onRetry} /> : <Skeleton />;
}
