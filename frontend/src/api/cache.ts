import { cacheExchange, type Cache } from "@urql/exchange-graphcache";

const withoutId = () => null;

const LISTS = ["accounts", "homeAccounts", "changeRequests", "zoneCounts", "account", "changeRequest", "preview", "portfolio", "clients"];

function forget(cache: Cache, fields: readonly string[]): void {
  for (const field of cache.inspectFields("Query")) {
    if (fields.includes(field.fieldName)) cache.invalidate("Query", field.fieldName, field.arguments ?? undefined);
  }
}

/** A request that was filed or decided may be part of any list: ask for them again when they are shown. */
function forgetLists(_result: unknown, _args: unknown, cache: Cache): void {
  forget(cache, LISTS);
}

/** In another language the server has other words for everything. */
function forgetWords(_result: unknown, _args: unknown, cache: Cache): void {
  forget(cache, [...LISTS, "catalogue"]);
}

/** The mutations that file or decide requests. */
export const CHANGES = [
  "requestNewAccount",
  "requestDatapointsChange",
  "requestLicenceChange",
  "requestRenewal",
  "approveRequest",
  "rejectRequest",
  "withdrawRequest",
];

const WITHOUT_ID = [
  "Rights", "Demo", "DemoPerson", "Catalogue", "Limits", "Licence", "Sector", "Country", "ZoneCounts", "AllowedAction",
  "ActionReason", "Decision", "Preview", "FieldChange", "RuleResult", "UserError", "PageInfo", "AccountConnection",
  "AccountEdge", "HomeAccountConnection", "HomeAccountEdge", "ChangeRequestConnection", "ChangeRequestEdge",
  "TimelineEventConnection", "TimelineEventEdge", "Portfolio", "LicenceShare", "MonthOfExpiries", "DatapointsStep",
];

/** Holds each account and request once, by its id: whatever tells of one updates all that shows it. */
export const normalised = () =>
  cacheExchange({
    keys: Object.fromEntries(WITHOUT_ID.map((type) => [type, withoutId])),
    updates: { Mutation: { ...Object.fromEntries(CHANGES.map((field) => [field, forgetLists])), updateProfile: forgetWords } },
  });
