/** The protocol between a test and a client of the API: a command per line on stdin, an observation per line on stdout. */
import { createInterface } from "node:readline";

export interface Command {
  /** The id under which results of the command are reported. */
  id: string;
  do: "query" | "mutation" | "subscription" | "end" | "cut" | "reconnect";
  document?: string;
  variables?: Record<string, unknown>;
}

/** The address of the server, and the headers to send. */
export const { DESK_URL = "", DESK_HEADERS = "{}" } = process.env;

export const headers = JSON.parse(DESK_HEADERS) as Record<string, string>;

/** Commands until stdin ends. */
export async function* commands(): AsyncGenerator<Command> {
  for await (const line of createInterface({ input: process.stdin })) yield JSON.parse(line) as Command;
}

/** Reports an observation. */
export function tell(seen: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(seen)}\n`);
}

/** Node's websocket with headers, so that it can carry a token. */
export class SocketWithHeaders extends WebSocket {
  constructor(url: string, protocols: string) {
    super(url, { protocols, headers } as unknown as string);
  }
}
