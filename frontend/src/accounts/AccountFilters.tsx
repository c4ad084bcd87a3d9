import { useQuery } from "@urql/preact";
import { useId } from "preact/hooks";
import { CATALOGUE, type Zone } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { useViewer } from "../session/session.tsx";
import { Icon } from "../ui/icons.tsx";
import { useParams } from "../ui/params.ts";
import { Search } from "../ui/Search.tsx";
import { ClientFilter } from "./ClientFilter.tsx";
import { EXPIRY_FILTERS_DAYS, monthsFrom } from "./expiring.ts";

interface Option {
  code: string;
  name: string;
}

interface Filter {
  /** As named in the query string. */
  name: string;
  label: string;
  /** The options of a select; undefined for a combobox that asks the server. */
  options: readonly Option[] | undefined;
  /** The chosen value; undefined when none is chosen, or one that is not among the options. */
  value: string | undefined;
}

/** The filters of a zone, with the values from the query string. */
export function useFilters(zone: Zone): Filter[] {
  const { t } = useI18n();
  const [params] = useParams();
  const [{ data }] = useQuery({ query: CATALOGUE });
  const expiries = useExpiries();
  const offered = (name: string, label: string, options: readonly Option[] | undefined): Filter => {
    const value = params[name];
    // Until the catalogue is loaded, the value is taken as it is.
    return { name, label, options: options ?? [], value: !options || options.some(({ code }) => code === value) ? value : undefined };
  };
  return [
    offered("license", t("license"), data?.catalogue.licences),
    offered("sector", t("sector"), data?.catalogue.sectors),
    { name: "client", label: t("client.short"), options: undefined, value: params["client"] },
    ...(zone === "ACTIVE" ? [offered("expires", t("expires"), expiries)] : []),
  ];
}

function useExpiries(): Option[] {
  const { t, month } = useI18n();
  const { organisation } = useViewer();
  return [
    ...EXPIRY_FILTERS_DAYS.map((n) => ({ code: `${n}d`, name: t("filter.days", { n }) })),
    ...monthsFrom(organisation?.today).map((code) => ({ code, name: month(`${code}-01`, "long") })),
  ];
}

/** Search field and filters of a list. */
export function AccountFilters({ filters }: { filters: readonly Filter[] }) {
  const { t } = useI18n();
  const id = useId();
  const [params, change] = useParams();
  return (
    <div class="toolbar">
      <Search label={t("search")} value={params["q"] ?? ""} onSearch={(q) => change({ q }, "replace")} />
      {filters.map(({ name, label, options, value }) => (
        <div key={name} class="filter">
          <label for={`${id}-${name}`}>{label}</label>
          {options ? (
            <select id={`${id}-${name}`} value={value ?? ""} onChange={(event) => change({ [name]: event.currentTarget.value })}>
              <option value="">{t("filter.all")}</option>
              {options.map((option) => (
                <option key={option.code} value={option.code}>
                  {option.name}
                </option>
              ))}
            </select>
          ) : (
            <ClientFilter id={`${id}-${name}`} label={label} value={value} onChoose={(client) => client !== value && change({ [name]: client })} />
          )}
        </div>
      ))}
    </div>
  );
}

/** Each active filter as a chip that removes it. */
export function FilterChips({ filters }: { filters: readonly Filter[] }) {
  const { t } = useI18n();
  const [params, change] = useParams();
  const chips = [
    ...(params["q"] ? [{ name: "q", text: t("filter.search", { text: params["q"] }) }] : []),
    ...filters.flatMap(({ name, options, value }) => {
      const text = options ? options.find(({ code }) => code === value)?.name : value;
      return text ? [{ name, text }] : [];
    }),
  ];
  if (chips.length === 0) return null;
  return (
    <div class="chips">
      {chips.map(({ name, text }) => (
        <button key={name} type="button" class="chip" aria-label={t("filter.remove", { name: text })} onClick={() => change({ [name]: undefined })}>
          {text}
          <Icon name="close" />
        </button>
      ))}
      <button type="button" class="link" onClick={() => change(withoutFilters(filters))}>
        {t("filter.clear")}
      </button>
    </div>
  );
}

/** Query parameters that clear all filters. */
export function withoutFilters(filters: readonly Filter[]): Record<string, undefined> {
  return { q: undefined, ...Object.fromEntries(filters.map(({ name }) => [name, undefined])) };
}
