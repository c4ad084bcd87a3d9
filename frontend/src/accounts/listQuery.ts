import type { AccountsVariables, Zone } from "../api/operations.ts";
import type { MessageKey } from "../i18n/i18n.tsx";
import type { Params } from "../ui/params.ts";
import { expiryDays } from "./expiring.ts";

/** The columns that a list can be sorted by, as named in the query string and in the API. */
export const SORTS = [
  { param: "name", field: "NAME", label: "name" },
  { param: "client", field: "CLIENT_NAME", label: "client.short" },
  { param: "license", field: "LICENCE", label: "license" },
  { param: "datapoints", field: "DATAPOINTS", label: "datapoints" },
  { param: "expires", field: "EXPIRES_ON", label: "expires" },
] as const satisfies readonly { param: string; field: string; label: MessageKey }[];

/** The variables of the query for a zone. Unknown query parameters are dropped. */
export function accountsVariables(zone: Zone, params: Params, today: string | undefined): AccountsVariables {
  const sort = params["sort"] ?? "";
  const field = SORTS.find((column) => column.param === sort.replace(/^-/, ""))?.field;
  return {
    zone,
    search: params["q"] ?? null,
    filter: {
      licences: params["license"] ? [params["license"]] : null,
      sectors: params["sector"] ? [params["sector"]] : null,
      clientName: params["client"] ?? null,
      ...expiryDays(params["expires"], today),
    },
    orderBy: field ? { field, direction: sort.startsWith("-") ? "DESC" : "ASC" } : null,
    after: params["after"] ?? null,
  };
}

/** The URL of the whole list as CSV, with the filters of the page. */
export function csvHref(zone: Zone, params: Params): string {
  const search = new URLSearchParams();
  for (const name of ["q", "license", "sector", "client", "expires", "sort"]) if (params[name]) search.set(name, params[name]);
  return `/management/${zone.toLowerCase()}.csv${search.size ? `?${search}` : ""}`;
}
