import { useQuery } from "@urql/preact";
import { codeOf } from "../api/client.ts";
import { ACCOUNTS, CATALOGUE, type AccountsVariables, type Zone } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { RequestDialog } from "../requests/RequestDialog.tsx";
import { Icon } from "../ui/icons.tsx";
import { Pager } from "../ui/Pager.tsx";
import { useParams, usePaging, type Params } from "../ui/params.ts";
import { Search } from "../ui/Search.tsx";
import { Empty, LoadError, Skeleton } from "../ui/states.tsx";
import { useKept } from "../ui/useKept.ts";
import { AccountTable, SORTS } from "./AccountTable.tsx";

/** One zone of accounts: searched, filtered, sorted and paged by the server, as the address says. */
export function AccountsZone({ zone }: { zone: Zone }) {
  const { t } = useSpeech();
  const [params, change] = useParams();
  const [{ data, error, fetching }, again] = useQuery({ query: ACCOUNTS, variables: variablesOf(zone, params) });
  const [{ data: offered }] = useQuery({ query: CATALOGUE });
  const list = useKept(data)?.accounts;
  const paging = usePaging(list?.nodes.length ?? 0, list?.pageInfo.endCursor);
  const filters = [
    { name: "license", label: t("license"), options: offered?.catalogue.licences ?? [] },
    { name: "sector", label: t("sector"), options: offered?.catalogue.sectors ?? [] },
  ].map((filter) => ({ ...filter, chosen: filter.options.find((option) => option.code === params[filter.name]) }));
  const narrowed = Boolean(params["q"] || filters.some((filter) => filter.chosen));
  const clear = () => change({ q: undefined, license: undefined, sector: undefined });
  const selected = list?.nodes.find((account) => account.id === params["account"]);
  return (
    <section aria-busy={fetching}>
      <div class="toolbar">
        <Search label={t("search")} value={params["q"] ?? ""} onSearch={(q) => change({ q }, "replace")} />
        {filters.map((filter) => (
          <label key={filter.name} class="filter">
            <span>{filter.label}</span>
            <select value={filter.chosen?.code ?? ""} onChange={(event) => change({ [filter.name]: event.currentTarget.value })}>
              <option value="">{t("filter.all")}</option>
              {filter.options.map((option) => (
                <option key={option.code} value={option.code}>
                  {option.name}
                </option>
              ))}
            </select>
          </label>
        ))}
      </div>
      {narrowed && (
        <div class="chips">
          {filters.map(
            ({ name, chosen }) =>
              chosen && (
                <button key={name} type="button" class="chip" aria-label={t("filter.remove", { name: chosen.name })} onClick={() => change({ [name]: undefined })}>
                  {chosen.name}
                  <Icon name="close" />
                </button>
              ),
          )}
          <button type="button" class="link" onClick={clear}>
            {t("filter.clear")}
          </button>
        </div>
      )}
      {error && !list && <LoadError code={codeOf(error)} onRetry={() => again({ requestPolicy: "network-only" })} />}
      {!list && !error && <Skeleton rows={10} />}
      {list && list.totalCount === 0 && <Empty>{t(narrowed ? "empty.filtered" : zone === "ACTIVE" ? "empty.active" : "empty.expired")}</Empty>}
      {list && list.totalCount > 0 && (
        <>
          <AccountTable
            accounts={list.nodes}
            dimmed={!data}
            sort={params["sort"] ?? "name"}
            onSort={(sort) => change({ sort })}
            onRequest={(account, action) => change({ account: account.id, action })}
          />
          <Pager before={paging.before} shown={list.nodes.length} total={list.totalCount} hasNext={list.pageInfo.hasNextPage} onPrevious={paging.previous} onNext={paging.next} />
        </>
      )}
      {selected && <RequestDialog account={selected} action={params["action"]} onClose={() => change({ account: undefined, action: undefined }, "replace")} />}
    </section>
  );
}

/** Parameters that the server does not know are dropped. */
function variablesOf(zone: Zone, params: Params): AccountsVariables {
  const sort = params["sort"] ?? "";
  const field = SORTS.find((known) => known.param === sort.replace(/^-/, ""))?.field;
  return {
    zone,
    search: params["q"] ?? null,
    filter: {
      licences: params["license"] ? [params["license"]] : null,
      sectors: params["sector"] ? [params["sector"]] : null,
    },
    orderBy: field ? { field, direction: sort.startsWith("-") ? "DESC" : "ASC" } : null,
    after: params["after"] ?? null,
  };
}
