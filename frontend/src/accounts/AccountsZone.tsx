import { useQuery } from "@urql/preact";
import { useLocation } from "preact-iso";
import { useEffect } from "preact/hooks";
import { codeOf } from "../api/client.ts";
import { ACCOUNTS, type Zone } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { useViewer } from "../session/session.tsx";
import { Icon } from "../ui/icons.tsx";
import { Pager } from "../ui/Pager.tsx";
import { useParams, usePaging } from "../ui/params.ts";
import { Empty, LoadError, Skeleton } from "../ui/states.tsx";
import { useKept } from "../ui/useKept.ts";
import { AccountFilters, Chips, none, useFilters } from "./AccountFilters.tsx";
import { AccountTable } from "./AccountTable.tsx";
import { variablesOf } from "./listAddress.ts";
import { ListView } from "./ListView.tsx";
import { PortfolioStrip } from "./PortfolioStrip.tsx";
import { TickBar, useTicks } from "./Ticks.tsx";

/** One zone of accounts: searched, filtered, sorted and paged by the server, as the address says. */
export function AccountsZone({ zone }: { zone: Zone }) {
  const { t } = useSpeech();
  const { can, organisation } = useViewer();
  const [params, change] = useParams();
  const filters = useFilters(zone);
  const chosen = Object.fromEntries(filters.map(({ name, value }) => [name, value]));
  const asked = variablesOf(zone, { ...params, ...chosen }, organisation?.today);
  const [{ data, error, fetching }, again] = useQuery({ query: ACCOUNTS, variables: asked });
  const list = useKept(data)?.accounts;
  const failed = error && !data;
  // What stands around the rows is drawn with them: alone it would keep them waiting.
  const answered = list || failed;
  const paging = usePaging(list?.nodes.length ?? 0, list?.pageInfo.endCursor);
  const isNarrowed = Boolean(params["q"] || filters.some(({ value }) => value));
  const { route } = useLocation();
  useEffect(() => {
    // A place that the server does not know, or not in this order: its list starts anew.
    if (codeOf(error) === "BAD_USER_INPUT" && params["after"]) change({ after: undefined, from: undefined }, "replace");
  }, [error]);
  const ticks = useTicks(list?.nodes ?? []);
  return (
    <section aria-busy={fetching}>
      {answered && zone === "ACTIVE" && <PortfolioStrip asked={asked} licence={chosen["license"]} expires={chosen["expires"]} />}
      {answered && <AccountFilters filters={filters} />}
      {failed && <LoadError error={error} onRetry={() => again({ requestPolicy: "network-only" })} />}
      {!answered && <Skeleton rows={10} />}
      {list && !failed && (
        <div class="list-head">
          <p class="list-count" role="status">
            {t("shown", { n: list.totalCount })}
          </p>
          <Chips filters={filters} />
          <ListView zone={zone} />
        </div>
      )}
      {list && !failed && list.totalCount === 0 && (
        <Empty
          action={
            isNarrowed ? (
              <button type="button" class="button" onClick={() => change(none(filters))}>
                {t("filter.clear")}
              </button>
            ) : (
              zone === "ACTIVE" &&
              can.manageAccounts && (
                <a class="button" href="/management/new">
                  <Icon name="plus" />
                  {t("create.open")}
                </a>
              )
            )
          }
        >
          {t(isNarrowed ? "empty.filtered" : zone === "ACTIVE" ? "empty.active" : "empty.expired")}
        </Empty>
      )}
      {list && !failed && list.totalCount > 0 && (
        <>
          <AccountTable
            label={t(zone === "ACTIVE" ? "zone.active" : "zone.expired")}
            accounts={list.nodes}
            dimmed={fetching}
            sort={params["sort"] ?? "name"}
            onSort={(sort) => change({ sort })}
            ticks={can.manageAccounts ? ticks : undefined}
            onRequest={(account, path) => route(`/management/accounts/${account.id}/${path}`)}
          />
          <TickBar ticks={ticks} />
          <Pager before={paging.before} shown={list.nodes.length} total={list.totalCount} hasNext={list.pageInfo.hasNextPage} onPrevious={paging.previous} onNext={paging.next} />
        </>
      )}
    </section>
  );
}
