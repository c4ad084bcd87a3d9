import type { Client, ExecutionResult, OperationResult, SubscriptionForwarder } from "@urql/core";
import type { Client as Socket } from "graphql-ws";
import { onEnd, pipe, subscribe } from "wonka";
import { ACCOUNT_CHANGED, REQUEST_CHANGED } from "./operations.ts";
import type { Refresher } from "./refresh.ts";

const POLL_INTERVAL_MS = 60_000;
const HEARTBEAT_INTERVAL_MS = 15_000;
const RESPONSE_TIMEOUT_MS = 5_000;
const MAX_BACKOFF_MS = 30_000;
const SUBSCRIBE_DELAY_MS = 500;

/** What is said to a link that is closing is lost, and said again over the next one: no reason for the browser to complain. */
class QuietWebSocket extends WebSocket {
  override send(message: string): void {
    if (this.readyState === WebSocket.OPEN) super.send(message);
  }
}

const SUBSCRIPTIONS = [REQUEST_CHANGED, ACCOUNT_CHANGED];

/**
 * News of what changes on the server, for as long as somebody follows it. A lost link is taken up again, later and later;
 * until then everything shown is asked for every minute, and once more on return, since nobody told what happened meanwhile.
 * What happened between an answer and the news that follow it is told first: the news begin where the answer stood.
 */
export class LiveUpdates {
  private readonly refresher: Refresher;
  private lost = false;
  private client: Client | undefined;
  private ends: (() => void)[] = [];
  private onChange: (lost: boolean) => void = () => {};
  private retryNow: () => void = () => {};
  private pongTimer = 0;
  /** From when on the page needs news, by the server's clock. */
  private since: string | undefined;
  /** How many milliseconds the server's clock is ahead of ours. */
  private clockOffsetMs = 0;

  private socket: Promise<Socket> | undefined;

  constructor(refresher: Refresher) {
    this.refresher = refresher;
  }

  /** How the client's subscriptions are sent. */
  readonly forward: SubscriptionForwarder = ({ query = "" }) => ({
    subscribe: (sink) => {
      let isEnded = false;
      let end = () => {};
      const variables = () => ({ since: this.since });
      // Read anew whenever a lost link is taken up.
      const payload = { query, get variables() { return variables(); } };
      // What is told while the page changes something may be from before; what is shown is asked for anyway afterwards.
      const next = (item: unknown) => (this.refresher.isMutating ? this.refresher.scheduleRefresh() : sink.next(item as ExecutionResult));
      this.connect().then(
        (socket) => {
          if (!isEnded) end = socket.subscribe(payload, { ...sink, next });
        },
        (error: unknown) => sink.error(error),
      );
      return {
        unsubscribe: () => {
          isEnded = true;
          end();
        },
      };
    },
  });

  /** The link's script comes after the screen that it keeps up to date. */
  private connect(): Promise<Socket> {
    this.socket ??= import("graphql-ws").then(({ createClient }) =>
      createClient({
        url: () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql`,
        webSocketImpl: QuietWebSocket,
        keepAlive: HEARTBEAT_INTERVAL_MS,
        connectionAckWaitTimeout: RESPONSE_TIMEOUT_MS,
        retryAttempts: Infinity,
        shouldRetry: () => true,
        retryWait: (tries) => this.backoff(tries),
        on: {
          connected: () => this.setLost(false),
          closed: () => this.setLost(this.ends.length > 0 || this.lost),
          ping: (received) => {
            // A link that is cut without a word is known by its silence.
            if (!received) this.pongTimer = window.setTimeout(() => void this.socket?.then((socket) => socket.terminate()), RESPONSE_TIMEOUT_MS);
          },
          pong: () => clearTimeout(this.pongTimer),
        },
      }),
    );
    // Another try may find the script again.
    this.socket.catch(() => (this.socket = undefined));
    return this.socket;
  }

  /** An answer has come; what happens after the first of all is news. */
  onResponse({ headers }: Response): void {
    const date = headers.get("date");
    if (!date || this.since) return;
    this.clockOffsetMs = Date.parse(date) - Date.now();
    this.eventsSinceNow();
  }

  private eventsSinceNow(): void {
    this.since = new Date(Date.now() + this.clockOffsetMs).toISOString();
  }

  /** Hear the news until the returned function is called; ``tell`` is told when the link is lost and when it is back. */
  start(client: Client, onChange: (lost: boolean) => void): () => void {
    this.client = client;
    this.onChange = onChange;
    const poll = setInterval(this.retry, POLL_INTERVAL_MS);
    addEventListener("online", this.retry);
    document.addEventListener("visibilitychange", this.retry);
    // First comes what is shown, then its news.
    const start = setTimeout(() => this.subscribe(), SUBSCRIBE_DELAY_MS);
    return () => {
      this.onChange = () => {};
      clearTimeout(start);
      this.unsubscribe();
      this.lost = false;
      clearInterval(poll);
      removeEventListener("online", this.retry);
      document.removeEventListener("visibilitychange", this.retry);
    };
  }

  private subscribe(): void {
    this.ends = SUBSCRIPTIONS.map((query) => {
      const events = this.client?.subscription<unknown, object>(query, {});
      return events ? pipe(events, onEnd(() => this.fail()), subscribe((item) => this.onEvent(item))).unsubscribe : () => {};
    });
  }

  private unsubscribe(): void {
    const ends = this.ends;
    this.ends = [];
    ends.forEach((end) => end());
  }

  /** After an error too: what is shown is asked for then, and whoever was signed out elsewhere learns of it. */
  private onEvent({ error }: OperationResult): void {
    if (error) this.fail();
    this.refresher.scheduleRefresh();
  }

  /** The server ended a subscription, which no new connection takes up by itself. */
  private fail(): void {
    if (!this.ends.length) return;
    this.unsubscribe();
    this.setLost(true);
  }

  /** While the link is lost: ask for what is shown, and try the link anew. */
  private retry = (): void => {
    if (!this.lost || document.hidden || !navigator.onLine) return;
    this.eventsSinceNow();
    this.refresher.refresh();
    if (this.ends.length) this.retryNow();
    else this.subscribe();
  };

  private setLost(lost: boolean): void {
    if (lost === this.lost) return;
    this.lost = lost;
    if (!lost) {
      this.eventsSinceNow();
      this.refresher.refresh();
    }
    this.onChange(lost);
  }

  private backoff(tries: number): Promise<void> {
    const time = Math.min(MAX_BACKOFF_MS, 500 * 2 ** tries) * (0.5 + Math.random() / 2);
    return new Promise((resolve) => {
      this.retryNow = resolve;
      setTimeout(resolve, time);
    });
  }
}
