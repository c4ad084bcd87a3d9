/** urql as an app would use it: queries by GET and hash, mutations by hash, subscriptions by websocket or server-sent events. */
import { Client, fetchExchange, subscriptionExchange, type CombinedError, type ExecutionResult } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { createClient } from "graphql-ws";
import { onEnd, pipe, subscribe } from "wonka";
import { DESK_URL, SocketWithHeaders, commands, headers, tell } from "./conversation.ts";

const bySocket = process.env["DESK_NEWS"] === "websocket";
const byHash = process.env["DESK_DOCUMENTS"] === "trusted";

const socket = createClient({ url: DESK_URL.replace("http", "ws"), webSocketImpl: SocketWithHeaders });

const overSocket = subscriptionExchange({
  forwardSubscription: ({ query = "", variables }) => ({
    subscribe: (sink) => ({
      unsubscribe: socket.subscribe({ query, variables }, { ...sink, next: (item) => sink.next(item as ExecutionResult) }),
    }),
  }),
});

const client = new Client({
  url: DESK_URL,
  preferGetMethod: false,
  fetchSubscriptions: !bySocket,
  fetchOptions: { headers },
  fetch: async (address, options) => {
    const response = await fetch(address, options);
    tell({ id: "wire", saw: options?.method ?? "GET", status: response.status, type: response.headers.get("content-type") });
    return response;
  },
  exchanges: [
    ...(byHash ? [persistedExchange({ enforcePersistedQueries: true, enableForMutation: true })] : []),
    ...(bySocket ? [overSocket] : []),
    fetchExchange,
  ],
});

const ends = new Map<string, () => void>();

function problems(error: CombinedError | undefined): unknown {
  return error && { network: error.networkError?.message, errors: error.graphQLErrors };
}

for await (const { id, do: what, document = "", variables = {} } of commands()) {
  if (what === "end") ends.get(id)?.();
  else if (what === "query" || what === "mutation") {
    const { data, error } = await client[what](document, variables).toPromise();
    tell({ id, saw: "result", data, error: problems(error) });
  } else {
    const news = pipe(
      client.subscription(document, variables),
      onEnd(() => tell({ id, saw: "complete" })),
      subscribe(({ data, error }) => tell({ id, saw: "next", data, error: problems(error) })),
    );
    ends.set(id, news.unsubscribe);
  }
}
await socket.dispose();
