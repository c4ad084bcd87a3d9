import { Client, fetchExchange, type CombinedError, type Exchange, type Operation } from "@urql/core";
import { cacheExchange, type Cache } from "@urql/exchange-graphcache";
import type { Refresher } from "./refresh.ts";
import { filter, makeSubject, merge, pipe } from "wonka";

/** What the server said is wrong with a call, as its code. */
export function codeOf(error: CombinedError | undefined): string | undefined {
  if (!error) return undefined;
  if (error.networkError) return "NETWORK";
  return error.graphQLErrors[0]?.extensions?.["code"] as string | undefined;
}

/** Seconds to wait before another try, when the server said so. */
export function retryAfter(error: CombinedError | undefined): number {
  return Number(error?.graphQLErrors[0]?.extensions?.["retryAfter"] ?? 60);
}

/** The number under which our log tells what went wrong. */
export function incidentOf(error: CombinedError | undefined): string | undefined {
  return error?.graphQLErrors[0]?.extensions?.["correlationId"] as string | undefined;
}

/** Holds what is refused because the session has ended, and repeats it once somebody has signed in again. */
export class SessionGate {
  private held = new Map<number, Operation>();
  private retry: (operation: Operation) => void = () => {};
  private onEnd: () => void = () => {};

  /** Say what shows the sign-in form. */
  whenEnded(show: () => void): void {
    this.onEnd = show;
  }

  /** Repeat what was held. */
  signedIn(): void {
    const held = [...this.held.values()];
    this.held.clear();
    held.forEach((operation) => this.retry(operation));
  }

  readonly exchange: Exchange =
    ({ forward }) =>
    (operations) => {
      const repeated = makeSubject<Operation>();
      this.retry = repeated.next;
      return pipe(
        forward(merge([operations, repeated.source])),
        filter((result) => {
          if (codeOf(result.error) !== "UNAUTHENTICATED" || result.operation.context["ungated"]) return true;
          this.held.set(result.operation.key, result.operation);
          this.onEnd();
          return false;
        }),
      );
    };
}

const withoutId = () => null;

const LISTS = ["accounts", "homeAccounts", "changeRequests", "zoneCounts", "account", "changeRequest", "preview"];

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

const CHANGES = [
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
  "TimelineEventConnection", "TimelineEventEdge",
];

/** A client for one person: another person gets another one, with an empty cache. */
export function createClient(gate: SessionGate, refresher: Refresher, language: () => string): Client {
  return new Client({
    url: "/graphql",
    preferGetMethod: false,
    fetchOptions: () => ({
      credentials: "same-origin",
      headers: { "x-requested-with": "account-desk", "accept-language": language() },
    }),
    requestPolicy: "cache-and-network",
    exchanges: [
      refresher.exchange,
      cacheExchange({
        keys: Object.fromEntries(WITHOUT_ID.map((type) => [type, withoutId])),
        updates: { Mutation: { ...Object.fromEntries(CHANGES.map((field) => [field, forgetLists])), updateProfile: forgetWords } },
      }),
      gate.exchange,
      fetchExchange,
    ],
  });
}
