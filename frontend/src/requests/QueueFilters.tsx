import { useQuery } from "@urql/preact";
import { ALL_CLIENTS, CATALOGUE, REQUEST_COUNTS } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { useAddress, useParams } from "../ui/params.ts";
import { Search } from "../ui/Search.tsx";
import { useKept } from "../ui/useKept.ts";
import { AGES, kindOf, NARROWING, SIZES, viewOf } from "./queueView.ts";
import { Segments } from "./Segments.tsx";
import { REQUEST_TYPE_NAMES } from "./types/index.ts";

/** What the queue is narrowed to: its kinds, each with its count, and what the requests have in common. */
export function QueueFilters() {
  const { t } = useSpeech();
  const [params, change] = useParams();
  const [{ data: catalogue }] = useQuery({ query: CATALOGUE });
  const [{ data: clients }] = useQuery({ query: ALL_CLIENTS });
  const isNarrowed = NARROWING.some((name) => params[name]);
  return (
    <>
      <Kinds />
      <div class="toolbar">
        <Segments decided={params["state"] === "decided"} onChange={(state) => change({ state })} />
        <Search label={t("search")} value={params["q"] ?? ""} onSearch={(q) => change({ q }, "replace")} />
        <Choice name="client" label={t("client.short")} options={(clients?.clients ?? []).map((client) => [client, client])} />
        <Choice name="license" label={t("license")} options={(catalogue?.catalogue.licences ?? []).map(({ code, name }) => [code, name])} />
        <Choice name="age" label={t("filter.age")} options={AGES.map((n) => [String(n), t("filter.age.days", { n })])} />
        <Choice name="size" label={t("filter.size")} options={SIZES.map((n) => [String(n), t("filter.size.points", { n })])} />
        {isNarrowed && (
          <button type="button" class="link" onClick={() => change(Object.fromEntries(NARROWING.map((name) => [name, undefined])))}>
            {t("filter.clear")}
          </button>
        )}
      </div>
    </>
  );
}

/** The kinds as links, each with how many of it there are. */
function Kinds() {
  const { t, number } = useSpeech();
  const [params] = useParams();
  const address = useAddress();
  const [{ data }] = useQuery({ query: REQUEST_COUNTS, variables: viewOf(params) });
  const counts = useKept(data)?.requestCounts ?? [];
  const chosen = kindOf(params);
  const all = counts.reduce((sum, { count }) => sum + count, 0);
  const link = (kind: string | undefined, label: string, count: number) => (
    <a href={address({ kind })} aria-current={chosen === kind ? "true" : undefined}>
      {label}
      <span class="count">{data || counts.length > 0 ? number(count) : "…"}</span>
    </a>
  );
  return (
    <nav class="zones kinds" aria-label={t("kind")}>
      {link(undefined, t("filter.all"), all)}
      {REQUEST_TYPE_NAMES.map((type) => link(type, t(`type.${type}`), counts.find((counted) => counted.type === type)?.count ?? 0))}
    </nav>
  );
}

function Choice({ name, label, options }: { name: string; label: string; options: readonly (readonly [string, string])[] }) {
  const { t } = useSpeech();
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
