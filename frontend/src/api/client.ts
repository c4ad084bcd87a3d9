import { Client, fetchExchange, subscriptionExchange, type CombinedError } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { fetchPreloaded } from "./preload.ts";
import { normalisedCache } from "./cache.ts";
import type { SessionGate } from "./sessionGate.ts";
import type { LiveUpdates } from "./liveUpdates.ts";
import type { Refresher } from "./refresh.ts";
import { idempotencyKeys } from "./idempotencyKeys.ts";

/** What the server said is wrong with a call, as its code. */
export function errorCode(error: CombinedError | undefined): string | undefined {
  if (!error) return undefined;
  if (error.networkError) return "NETWORK";
  return error.graphQLErrors[0]?.extensions?.["code"] as string | undefined;
}

/** Seconds that the server asks to wait before another call; 0 when it asks for none. */
export function retryAfterS(error: CombinedError | undefined): number {
  return Number(error?.graphQLErrors[0]?.extensions?.["retryAfter"] ?? 0);
}

/** The number under which our log tells what went wrong. */
export function correlationIdOf(error: CombinedError | undefined): string | undefined {
  return error?.graphQLErrors[0]?.extensions?.["correlationId"] as string | undefined;
}

/** A client for one person: another person gets another one, with an empty cache. */
export function createClient(parts: { gate: SessionGate; refresher: Refresher; liveUpdates: LiveUpdates; language: () => string }): Client {
  return new Client({
    url: "/graphql",
    preferGetMethod: false,
    fetch: async (address, options) => {
      const response = await fetchPreloaded(String(address), options ?? {});
      parts.liveUpdates.onResponse(response);
      return response;
    },
    fetchOptions: () => ({
      credentials: "same-origin",
      headers: { "x-requested-with": "account-desk", "accept-language": parts.language() },
    }),
    requestPolicy: "cache-and-network",
    exchanges: [
      parts.refresher.exchange,
      normalisedCache(),
      idempotencyKeys(),
      parts.gate.exchange,
      persistedExchange({ enforcePersistedQueries: true, enableForMutation: true }),
      subscriptionExchange({ forwardSubscription: parts.liveUpdates.forward }),
      fetchExchange,
    ],
  });
}
