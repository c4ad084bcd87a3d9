import { useQuery } from "@urql/preact";
import { useLocation } from "preact-iso";
import { useEffect } from "preact/hooks";
import { errorCode } from "../api/client.ts";
import { ACCOUNTS, type Zone } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { useViewer } from "../session/session.tsx";
import { Icon } from "../ui/icons.tsx";
import { Pager } from "../ui/Pager.tsx";
import { useParams, usePaging } from "../ui/params.ts";
import { EmptyState, LoadError, Skeleton } from "../ui/states.tsx";
import { useLastDefined } from "../ui/useLastDefined.ts";
import { AccountFilters, FilterChips, withoutFilters, useFilters } from "./AccountFilters.tsx";
import { AccountTable } from "./AccountTable.tsx";
import { accountsVariables } from "./listQuery.ts";
import { ListTools } from "./ListTools.tsx";
import { PortfolioCharts } from "./PortfolioCharts.tsx";
import { SelectionBar, useRowSelection } from "./RowSelection.tsx";

/** The list of one zone. Search, filters, order and page are in the query string and applied by the server. */
export function AccountsZone({ zone }: { zone: Zone }) {
  const { t } = useI18n();
  const { can, organisation } = useViewer();
  const [params, change] = useParams();
  const filters = useFilters(zone);
  const chosen = Object.fromEntries(filters.map(({ name, value }) => [name, value]));
  const variables = accountsVariables(zone, { ...params, ...chosen }, organisation?.today);
  const [{ data, error, fetching }, refetch] = useQuery({ query: ACCOUNTS, variables });
  const list = useLastDefined(data)?.accounts;
  const failed = error && !data;
  // Charts and filters are rendered with the rows: rendering them first would delay the rows.
  const answered = list || failed;
  const paging = usePaging(list?.nodes.length ?? 0, list?.pageInfo.endCursor);
  const isFiltered = Boolean(params["q"] || filters.some(({ value }) => value));
  const { route } = useLocation();
  useEffect(() => {
    // The server rejects a cursor that it does not know, or that belongs to another order. Start at the first page.
    if (errorCode(error) === "BAD_USER_INPUT" && params["after"]) change({ after: undefined, from: undefined }, "replace");
  }, [error]);
  const selection = useRowSelection(list?.nodes ?? []);
  return (
    <section aria-busy={fetching}>
      {answered && zone === "ACTIVE" && <PortfolioCharts variables={variables} licence={chosen["license"]} expires={chosen["expires"]} />}
      {answered && <AccountFilters filters={filters} />}
      {failed && <LoadError error={error} onRetry={() => refetch({ requestPolicy: "network-only" })} />}
      {!answered && <Skeleton rows={10} />}
      {list && !failed && (
        <div class="list-head">
          <p class="list-count" role="status">
            {t("shown", { n: list.totalCount })}
          </p>
          <FilterChips filters={filters} />
          <ListTools zone={zone} />
        </div>
      )}
      {list && !failed && list.totalCount === 0 && (
        <EmptyState
          action={
            isFiltered ? (
              <button type="button" class="button" onClick={() => change(withoutFilters(filters))}>
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
          {t(isFiltered ? "empty.filtered" : zone === "ACTIVE" ? "empty.active" : "empty.expired")}
        </EmptyState>
      )}
      {list && !failed && list.totalCount > 0 && (
        <>
          <AccountTable
            label={t(zone === "ACTIVE" ? "zone.active" : "zone.expired")}
            accounts={list.nodes}
            dimmed={fetching}
            sort={params["sort"] ?? "name"}
            onSort={(sort) => change({ sort })}
            selection={can.manageAccounts ? selection : undefined}
            onRequest={(account, path) => route(`/management/accounts/${account.id}/${path}`)}
          />
          <SelectionBar selection={selection} />
          <Pager before={paging.before} shown={list.nodes.length} total={list.totalCount} hasNext={list.pageInfo.hasNextPage} onPrevious={paging.previous} onNext={paging.next} />
        </>
      )}
    </section>
  );
}
