import { useQuery } from "@urql/preact";
import { ALL_CLIENTS, CATALOGUE, REQUEST_COUNTS } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { useHref, useParams } from "../ui/params.ts";
import { Search } from "../ui/Search.tsx";
import { useLastDefined } from "../ui/useLastDefined.ts";
import { MIN_AGES_DAYS, chosenType, FILTER_PARAMS, MIN_SIZES_DATAPOINTS, queueFilter } from "./queueFilter.ts";
import { StateFilter } from "./StateFilter.tsx";
import { REQUEST_TYPE_NAMES } from "./types/index.ts";

/** The filters of the queue. */
export function QueueFilters() {
  const { t } = useI18n();
  const [params, change] = useParams();
  const [{ data: catalogue }] = useQuery({ query: CATALOGUE });
  const [{ data: clients }] = useQuery({ query: ALL_CLIENTS });
  const isFiltered = FILTER_PARAMS.some((name) => params[name]);
  return (
    <>
      <TypeTabs />
      <div class="toolbar">
        <StateFilter decided={params["state"] === "decided"} onChange={(state) => change({ state })} />
        <Search label={t("search")} value={params["q"] ?? ""} onSearch={(q) => change({ q }, "replace")} />
        <FilterSelect name="client" label={t("client.short")} options={(clients?.clients ?? []).map((client) => [client, client])} />
        <FilterSelect name="license" label={t("license")} options={(catalogue?.catalogue.licences ?? []).map(({ code, name }) => [code, name])} />
        <FilterSelect name="age" label={t("filter.age")} options={MIN_AGES_DAYS.map((n) => [String(n), t("filter.age.days", { n })])} />
        <FilterSelect name="size" label={t("filter.size")} options={MIN_SIZES_DATAPOINTS.map((n) => [String(n), t("filter.size.points", { n })])} />
        {isFiltered && (
          <button type="button" class="link" onClick={() => change(Object.fromEntries(FILTER_PARAMS.map((name) => [name, undefined])))}>
            {t("filter.clear")}
          </button>
        )}
      </div>
    </>
  );
}

/** A tab for each request type, with its count. */
function TypeTabs() {
  const { t, number } = useI18n();
  const [params] = useParams();
  const address = useHref();
  const [{ data }] = useQuery({ query: REQUEST_COUNTS, variables: queueFilter(params) });
  const counts = useLastDefined(data)?.requestCounts ?? [];
  const chosen = chosenType(params);
  const all = counts.reduce((sum, { count }) => sum + count, 0);
  const link = (kind: string | undefined, label: string, count: number) => (
    <a href={address({ kind })} aria-current={chosen === kind ? "true" : undefined}>
      {label}
      <span class="count">{data || counts.length > 0 ? number(count) : "…"}</span>
    </a>
  );
  return (
    <nav class="zones type-tabs" aria-label={t("kind")}>
      {link(undefined, t("filter.all"), all)}
      {REQUEST_TYPE_NAMES.map((type) => link(type, t(`type.${type}`), counts.find((counted) => counted.type === type)?.count ?? 0))}
    </nav>
  );
}

function FilterSelect({ name, label, options }: { name: string; label: string; options: readonly (readonly [string, string])[] }) {
  const { t } = useI18n();
  const [params, change] = useParams();
  return (
    <label class="filter">
      <span>{label}</span>
      <select value={params[name] ?? ""} onChange={(event) => change({ [name]: event.currentTarget.value })}>
        <option value="">{t("filter.all")}</option>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
