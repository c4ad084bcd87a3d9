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

/** Drops messages while the socket is closing. graphql-ws sends them again on the next connection; the browser would log an error. */
class QuietWebSocket extends WebSocket {
  override send(message: string): void {
    if (this.readyState === WebSocket.OPEN) super.send(message);
  }
}

const SUBSCRIPTIONS = [REQUEST_CHANGED, ACCOUNT_CHANGED];

/**
 * Subscribes to changes on the server. A lost connection is retried with exponential backoff up to MAX_BACKOFF_MS; until
 * then active queries are refetched every POLL_INTERVAL_MS, and once after the reconnect, since events are not stored.
 * Subscriptions start at the time of the first response, so that no change between it and the subscription is missed.
 */
export class LiveUpdates {
  private readonly refresher: Refresher;
  private lost = false;
  private client: Client | undefined;
  private ends: (() => void)[] = [];
  private onChange: (lost: boolean) => void = () => {};
  private retryNow: () => void = () => {};
  private pongTimer = 0;
  /** Events are asked for from this time on, by the server's clock. */
  private since: string | undefined;
  /** How far the server's clock is ahead of the browser's. */
  private clockOffsetMs = 0;

  private socket: Promise<Socket> | undefined;

  constructor(refresher: Refresher) {
    this.refresher = refresher;
  }

  /** Sends the client's subscriptions over the websocket. */
  readonly forward: SubscriptionForwarder = ({ query = "" }) => ({
    subscribe: (sink) => {
      let isEnded = false;
      let end = () => {};
      const variables = () => ({ since: this.since });
      // A getter: evaluated on each reconnect.
      const payload = { query, get variables() { return variables(); } };
      // Events that arrive during a mutation may be older than its result. They are dropped, and the data is refetched afterwards.
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

  /** Loads graphql-ws on first use, after the first screen. */
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
            // A missing pong is the only sign of a connection that was cut.
            if (!received) this.pongTimer = window.setTimeout(() => void this.socket?.then((socket) => socket.terminate()), RESPONSE_TIMEOUT_MS);
          },
          pong: () => clearTimeout(this.pongTimer),
        },
      }),
    );
    // A failed import is tried again on the next connect.
    this.socket.catch(() => (this.socket = undefined));
    return this.socket;
  }

  /** Takes the server's clock from the first response: later changes are events. */
  onResponse({ headers }: Response): void {
    const date = headers.get("date");
    if (!date || this.since) return;
    this.clockOffsetMs = Date.parse(date) - Date.now();
    this.eventsSinceNow();
  }

  private eventsSinceNow(): void {
    this.since = new Date(Date.now() + this.clockOffsetMs).toISOString();
  }

  /** Subscribes until the returned function is called. ``onChange`` is called when the connection is lost and when it is back. */
  start(client: Client, onChange: (lost: boolean) => void): () => void {
    this.client = client;
    this.onChange = onChange;
    const poll = setInterval(this.retry, POLL_INTERVAL_MS);
    addEventListener("online", this.retry);
    document.addEventListener("visibilitychange", this.retry);
    // Queries of the first screen go first.
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

  /** Refetches after an event, and after an error: a session that ended elsewhere is noticed this way. */
  private onEvent({ error }: OperationResult): void {
    if (error) this.fail();
    this.refresher.scheduleRefresh();
  }

  /** The server ended a subscription. Reconnecting does not restore it, so the connection counts as lost. */
  private fail(): void {
    if (!this.ends.length) return;
    this.unsubscribe();
    this.setLost(true);
  }

  /** While disconnected: refetches the active queries and reconnects. */
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
