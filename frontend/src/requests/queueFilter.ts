import type { RequestsVariables, RequestType } from "../api/operations.ts";
import type { Params } from "../ui/params.ts";
import { DECIDED_STATES, DECIDED_WITHIN_DAYS } from "./states.ts";
import { REQUEST_TYPE_NAMES } from "./types/index.ts";

/** Days that a request has waited at least. */
export const MIN_AGES_DAYS = [1, 3, 7, 14];
/** Datapoints that a request adds, releases or opens with at least. */
export const MIN_SIZES_DATAPOINTS = [50, 100, 500, 1000];

/** What the queue can be narrowed by, as the address names it. */
export const FILTER_PARAMS = ["kind", "client", "license", "age", "size", "q"] as const;

/** The list that an address asks for, without its kind, by which it is counted; what the server does not know is dropped. */
export function queueFilter(params: Params) {
  const decided = params["state"] === "decided";
  const among = (values: readonly number[], text: string | undefined) => values.find((value) => String(value) === text) ?? null;
  return {
    states: decided ? DECIDED_STATES : (["PENDING"] as RequestsVariables["states"]),
    search: params["q"] ?? null,
    filter: {
      clientName: params["client"] ?? null,
      licences: params["license"] ? [params["license"]] : null,
      filedDaysAgo: among(MIN_AGES_DAYS, params["age"]),
      minDatapoints: among(MIN_SIZES_DATAPOINTS, params["size"]),
      decidedWithinDays: decided ? DECIDED_WITHIN_DAYS : null,
    },
  };
}

/** The kind that an address narrows the queue to. */
export function chosenType(params: Params): RequestType | undefined {
  return REQUEST_TYPE_NAMES.find((type) => type === params["kind"]);
}
