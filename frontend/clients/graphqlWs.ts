/** graphql-ws as a phone would use it: one websocket, whose subscriptions resume after a reconnect. */
import { createClient } from "graphql-ws";
import { DESK_URL, SocketWithHeaders, commands, tell } from "./conversation.ts";

let reconnect = (): void => {};

const client = createClient({
  url: DESK_URL.replace("http", "ws"),
  webSocketImpl: SocketWithHeaders,
  lazy: process.env["DESK_LAZY"] !== "false",
  retryWait: () => new Promise((resolve) => (reconnect = resolve)),
  on: {
    connected: () => tell({ id: "socket", saw: "connected" }),
    closed: (event) => tell({ id: "socket", saw: "closed", code: (event as CloseEvent).code }),
  },
});

const ends = new Map<string, () => void>();

interface News {
  at?: string;
}

for await (const { id, do: what, document = "", variables = {} } of commands()) {
  if (what === "end") ends.get(id)?.();
  else if (what === "cut") client.terminate();
  else if (what === "reconnect") reconnect();
  else {
    const end = client.subscribe<Record<string, News>>(
      { query: document, variables },
      {
        next: ({ data, errors }) => {
          tell({ id, saw: "next", data, errors });
          // On a reconnect the client subscribes with its present variables.
          if ("since" in variables) variables["since"] = Object.values(data ?? {})[0]?.at ?? variables["since"];
        },
        error: (error) => tell({ id, saw: "error", ...(error instanceof CloseEvent ? { code: error.code } : { errors: error }) }),
        complete: () => tell({ id, saw: "complete" }),
      },
    );
    ends.set(id, end);
  }
}
await client.dispose();
