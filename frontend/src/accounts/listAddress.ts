import type { AccountsVariables, Zone } from "../api/operations.ts";
import type { Params } from "../ui/params.ts";
import { SORTS } from "./AccountTable.tsx";
import { expiryDays } from "./expiring.ts";

/** What an address asks of a zone; parameters that the server does not know are dropped. */
export function variablesOf(zone: Zone, params: Params, today: string | undefined): AccountsVariables {
  const sort = params["sort"] ?? "";
  const field = SORTS.find((known) => known.param === sort.replace(/^-/, ""))?.field;
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

/** Where the whole list is to be had as a file: the same words as in the page's own address. */
export function fileAddress(zone: Zone, params: Params): string {
  const search = new URLSearchParams();
  for (const name of ["q", "license", "sector", "client", "expires", "sort"]) if (params[name]) search.set(name, params[name]);
  return `/management/${zone.toLowerCase()}.csv${search.size ? `?${search}` : ""}`;
}
