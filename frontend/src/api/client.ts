import { Client, fetchExchange, subscriptionExchange, type CombinedError } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { fetchPreloaded } from "./preload.ts";
import { normalisedCache } from "./cache.ts";
import type { SessionGate } from "./sessionGate.ts";
import type { LiveUpdates } from "./liveUpdates.ts";
import type { Refresher } from "./refresh.ts";
import { idempotencyKeys } from "./idempotencyKeys.ts";

/** The error code of a failed call; NETWORK when there was no answer. */
export function errorCode(error: CombinedError | undefined): string | undefined {
  if (!error) return undefined;
  if (error.networkError) return "NETWORK";
  return error.graphQLErrors[0]?.extensions?.["code"] as string | undefined;
}

/** Seconds to wait before the next call; 0 when the server asks for no wait. */
export function retryAfterS(error: CombinedError | undefined): number {
  return Number(error?.graphQLErrors[0]?.extensions?.["retryAfter"] ?? 0);
}

/** The correlation id of the error in the server's log. */
export function correlationIdOf(error: CombinedError | undefined): string | undefined {
  return error?.graphQLErrors[0]?.extensions?.["correlationId"] as string | undefined;
}

/** The client of one viewer. Another viewer gets a new client with an empty cache. */
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
