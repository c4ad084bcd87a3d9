/** How a client of the API is led by whoever started it: a command comes in on each line, and what it saw goes out on one. */
import { createInterface } from "node:readline";

export interface Command {
  /** Under which the client tells what becomes of it. */
  id: string;
  do: "query" | "mutation" | "subscription" | "end" | "cut" | "reconnect";
  document?: string;
  variables?: Record<string, unknown>;
}

/** Where the server is, and as whom to call it. */
export const { DESK_URL = "", DESK_HEADERS = "{}" } = process.env;

export const headers = JSON.parse(DESK_HEADERS) as Record<string, string>;

/** Commands until there are no more. */
export async function* commands(): AsyncGenerator<Command> {
  for await (const line of createInterface({ input: process.stdin })) yield JSON.parse(line) as Command;
}

/** Say what was seen. */
export function tell(seen: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(seen)}\n`);
}

/** Node's own websocket, which can carry a token as a phone's does. */
export class SocketWithHeaders extends WebSocket {
  constructor(url: string, protocols: string) {
    super(url, { protocols, headers } as unknown as string);
  }
}
