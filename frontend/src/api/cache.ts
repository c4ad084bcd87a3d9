import { cacheExchange, type Cache, type Entity, type OptimisticMutationResolver, type UpdateResolver } from "@urql/exchange-graphcache";
import { FILING_MUTATIONS, REQUEST_TYPENAMES } from "../requests/types/index.ts";

const withoutId = () => null;

const LISTS = ["accounts", "homeAccounts", "changeRequests", "requestCounts", "zoneCounts", "account", "changeRequest", "preview", "portfolio", "clients"];

function invalidate(cache: Cache, fields: readonly string[]): void {
  for (const field of cache.inspectFields("Query")) {
    if (fields.includes(field.fieldName)) cache.invalidate("Query", field.fieldName, field.arguments ?? undefined);
  }
}

/** A filed or decided request may belong to any list: refetch all lists after the mutation. */
const invalidateLists: UpdateResolver<unknown> = (_result, _args, cache, { optimistic }) => {
  if (!optimistic) invalidate(cache, LISTS);
};

/** Texts from the server depend on the language. */
function invalidateTranslations(_result: unknown, _args: unknown, cache: Cache): void {
  invalidate(cache, [...LISTS, "catalogue"]);
}

/** The mutations that file or decide requests. */
export const REQUEST_MUTATIONS = [...FILING_MUTATIONS, "approveRequest", "rejectRequest", "withdrawRequest"];

/** Types without an id are embedded in their parents. Graphcache asks for this list in development only. */
const WITHOUT_ID = [
  "Rights", "SecondFactor", "Demo", "DemoPerson", "Catalogue", "Limits", "Licence", "Sector", "Country", "ZoneCounts", "AllowedAction",
  "ActionReason", "Decision", "Preview", "FieldChange", "RuleResult", "UserError", "PageInfo", "AccountConnection",
  "AccountEdge", "HomeAccountConnection", "HomeAccountEdge", "ChangeRequestConnection", "ChangeRequestEdge",
  "TimelineEventConnection", "TimelineEventEdge", "Portfolio", "LicenceShare", "MonthOfExpiries", "DatapointsStep", "Reminder", "MailReason",
  "MailPreview", "MailCount", "MailHost", "MailHealth", "MailConnection", "MailEdge",
  "AuditFact", "AuditEntryConnection", "AuditEntryEdge",
  "RequestTypeCount", "ClientTotal",
];

/** A withdrawn request disappears at once; graphcache restores it if the server refuses. */
const optimisticWithdrawal: OptimisticMutationResolver<{ input: { id: string } }> = ({ input: { id } }, cache) => {
  const __typename = REQUEST_TYPENAMES.find((type) => cache.resolve({ __typename: type, id }, "stateName")) ?? REQUEST_TYPENAMES[0]!;
  return { __typename: "WithdrawRequestPayload", request: { __typename, id, stateName: "WITHDRAWN", allowedActions: [] }, errors: [] };
};

interface FilingResult {
  filed?: { request?: { __typename: string; id: string; account?: { __typename: string; id: string } | null } | null };
}

/** Adds the request to its account's pending requests before the lists are refetched. */
const filed: UpdateResolver<FilingResult> = (result, args, cache, info) => {
  const request = result.filed?.request;
  if (request?.account) {
    const pending = (cache.resolve(request.account, "pendingRequests") ?? []) as Entity[];
    cache.link(request.account, "pendingRequests", [...pending, request] as never);
  }
  invalidateLists(result, args, cache, info);
};

/** A normalised cache: each account and request is stored once, by id, so that a change shows everywhere. */
export const normalisedCache = () =>
  cacheExchange({
    keys: process.env.NODE_ENV === "production" ? {} : Object.fromEntries(WITHOUT_ID.map((type) => [type, withoutId])),
    optimistic: { withdrawRequest: optimisticWithdrawal as OptimisticMutationResolver },
    updates: {
      Mutation: {
        ...Object.fromEntries(REQUEST_MUTATIONS.map((field) => [field, FILING_MUTATIONS.includes(field) ? (filed as UpdateResolver) : invalidateLists])),
        updateProfile: invalidateTranslations,
      },
    },
  });
