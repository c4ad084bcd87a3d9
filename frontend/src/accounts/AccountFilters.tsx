import { useQuery } from "@urql/preact";
import { CATALOGUE, type Zone } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { Icon } from "../ui/icons.tsx";
import { useParams } from "../ui/params.ts";
import { Search } from "../ui/Search.tsx";
import { EXPIRES_WITHIN } from "./expiring.ts";

interface Filter {
  /** As the address names it. */
  name: string;
  label: string;
  options: readonly { code: string; name: string }[];
  /** What is chosen; undefined when nothing is, or nothing that is offered. */
  value: string | undefined;
}

/** What a zone can be narrowed by, and to what the address narrows it. */
export function useFilters(zone: Zone): Filter[] {
  const { t } = useSpeech();
  const [params] = useParams();
  const [{ data }] = useQuery({ query: CATALOGUE });
  const within = EXPIRES_WITHIN.map((n) => ({ code: `${n}d`, name: t("filter.days", { n }) }));
  const filters = [
    { name: "license", label: t("license"), options: data?.catalogue.licences },
    { name: "sector", label: t("sector"), options: data?.catalogue.sectors },
    ...(zone === "ACTIVE" ? [{ name: "expires", label: t("expires"), options: within }] : []),
  ];
  return filters.map(({ options, ...filter }) => {
    const asked = params[filter.name];
    // Until the catalogue is there, what the address says is taken as it is.
    const value = !options || options.some(({ code }) => code === asked) ? asked : undefined;
    return { ...filter, options: options ?? [], value };
  });
}

/** Search, filters, and what is chosen of them as chips. */
export function AccountFilters({ filters, narrowed }: { filters: readonly Filter[]; narrowed: boolean }) {
  const { t } = useSpeech();
  const [params, change] = useParams();
  const none = Object.fromEntries(filters.map(({ name }) => [name, undefined]));
  const chips = [
    ...(params["q"] ? [{ name: "q", text: `“${params["q"]}”` }] : []),
    ...filters.flatMap(({ name, options, value }) => options.filter(({ code }) => code === value).map((chosen) => ({ name, text: chosen.name }))),
  ];
  return (
    <>
      <div class="toolbar">
        <Search label={t("search")} value={params["q"] ?? ""} onSearch={(q) => change({ q }, "replace")} />
        {filters.map(({ name, label, options, value }) => (
          <label key={name} class="filter">
            <span>{label}</span>
            <select value={value ?? ""} onChange={(event) => change({ [name]: event.currentTarget.value })}>
              <option value="">{t("filter.all")}</option>
              {options.map((option) => (
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
          {chips.map(({ name, text }) => (
            <button key={name} type="button" class="chip" aria-label={t("filter.remove", { name: text })} onClick={() => change({ [name]: undefined })}>
              {text}
              <Icon name="close" />
            </button>
          ))}
          <button type="button" class="link" onClick={() => change({ ...none, q: undefined })}>
            {t("filter.clear")}
          </button>
        </div>
      )}
    </>
  );
}
