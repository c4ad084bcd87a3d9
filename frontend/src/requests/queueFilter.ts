import type { RequestsVariables, RequestType } from "../api/operations.ts";
import type { Params } from "../ui/params.ts";
import { DECIDED_STATES, DECIDED_WITHIN_DAYS } from "./states.ts";
import { REQUEST_TYPE_NAMES } from "./types/index.ts";

/** Choices of the age filter: a request has waited at least so many days. */
export const MIN_AGES_DAYS = [1, 3, 7, 14];
/** Choices of the size filter: a request changes at least so many datapoints. */
export const MIN_SIZES_DATAPOINTS = [50, 100, 500, 1000];

/** The query parameters of the queue's filters. */
export const FILTER_PARAMS = ["kind", "client", "license", "age", "size", "q"] as const;

/** The filter variables of a query string, without the type, by which requests are counted. Unknown values are dropped. */
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

/** The request type that the query string filters by. */
export function chosenType(params: Params): RequestType | undefined {
  return REQUEST_TYPE_NAMES.find((type) => type === params["kind"]);
}
