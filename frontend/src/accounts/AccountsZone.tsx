import { useQuery } from "@urql/preact";
import { useEffect } from "preact/hooks";
import { codeOf } from "../api/client.ts";
import { ACCOUNTS, type AccountsVariables, type Zone } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { RequestDialog } from "../requests/RequestDialog.tsx";
import { useViewer } from "../session/session.tsx";
import { Icon } from "../ui/icons.tsx";
import { Pager } from "../ui/Pager.tsx";
import { useParams, usePaging, type Params } from "../ui/params.ts";
import { Empty, LoadError, Skeleton } from "../ui/states.tsx";
import { useKept } from "../ui/useKept.ts";
import { AccountFilters, useFilters } from "./AccountFilters.tsx";
import { AccountTable, SORTS } from "./AccountTable.tsx";
import { daysAfter, expiresWithin } from "./expiring.ts";

/** One zone of accounts: searched, filtered, sorted and paged by the server, as the address says. */
export function AccountsZone({ zone }: { zone: Zone }) {
  const { t } = useSpeech();
  const { can, organisation } = useViewer();
  const [params, change] = useParams();
  const filters = useFilters(zone);
  const asked = Object.fromEntries(filters.map(({ name, value }) => [name, value]));
  const [{ data, error, fetching }, again] = useQuery({ query: ACCOUNTS, variables: variablesOf(zone, { ...params, ...asked }, organisation?.today) });
  const list = useKept(data)?.accounts;
  const failed = error && !data;
  const paging = usePaging(list?.nodes.length ?? 0, list?.pageInfo.endCursor);
  const narrowed = Boolean(params["q"] || filters.some(({ value }) => value));
  const selected = list?.nodes.find((account) => account.id === params["account"]);
  useEffect(() => {
    // A place that the server does not know, or not in this order: its list starts anew.
    if (codeOf(error) === "BAD_USER_INPUT" && params["after"]) change({ after: undefined, from: undefined }, "replace");
  }, [error]);
  return (
    <section aria-busy={fetching}>
      <AccountFilters filters={filters} narrowed={narrowed} />
      {failed && <LoadError error={error} onRetry={() => again({ requestPolicy: "network-only" })} />}
      {!list && !failed && <Skeleton rows={10} />}
      {list && !failed && list.totalCount === 0 && (
        <Empty
          action={
            narrowed ? (
              <button type="button" class="button" onClick={() => change({ q: undefined, license: undefined, sector: undefined, expires: undefined })}>
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
          {t(narrowed ? "empty.filtered" : zone === "ACTIVE" ? "empty.active" : "empty.expired")}
        </Empty>
      )}
      {list && !failed && list.totalCount > 0 && (
        <>
          <AccountTable
            label={t(zone === "ACTIVE" ? "zone.active" : "zone.expired")}
            accounts={list.nodes}
            dimmed={!data}
            sort={params["sort"] ?? "name"}
            onSort={(sort) => change({ sort })}
            onRequest={(account, action) => change({ account: account.id, action })}
          />
          <Pager before={paging.before} shown={list.nodes.length} total={list.totalCount} hasNext={list.pageInfo.hasNextPage} onPrevious={paging.previous} onNext={paging.next} />
        </>
      )}
      <p class="unseen" role="status">
        {data && t("shown", { n: data.accounts.totalCount })}
      </p>
      {selected && can.manageAccounts && (
        <RequestDialog account={selected} action={params["action"]} onClose={() => change({ account: undefined, action: undefined }, "replace")} />
      )}
    </section>
  );
}

/** Parameters that the server does not know are dropped. */
function variablesOf(zone: Zone, params: Params, today: string | undefined): AccountsVariables {
  const sort = params["sort"] ?? "";
  const field = SORTS.find((known) => known.param === sort.replace(/^-/, ""))?.field;
  const days = expiresWithin(params["expires"]);
  return {
    zone,
    search: params["q"] ?? null,
    filter: {
      licences: params["license"] ? [params["license"]] : null,
      sectors: params["sector"] ? [params["sector"]] : null,
      expiresTo: days ? daysAfter(today, days) : null,
    },
    orderBy: field ? { field, direction: sort.startsWith("-") ? "DESC" : "ASC" } : null,
    after: params["after"] ?? null,
  };
}
