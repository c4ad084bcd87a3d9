import type { Exchange, Operation } from "@urql/core";
import { pipe, tap } from "wonka";

const DEBOUNCE_MS = 200;

/**
 * Tracks the active queries and refetches them. While a mutation runs it waits: an answer from before the mutation
 * would undo its result in the cache.
 */
export class Refresher {
  private active = new Map<number, Operation>();
  private inFlight = new Set<number>();
  private outdated = new Set<number>();
  private mutations = new Set<number>();
  private isRefreshDue = false;
  private timer = 0;
  private repeat: (operation: Operation) => void = () => {};

  /** Whether a mutation is running. */
  get isMutating(): boolean {
    return this.mutations.size > 0;
  }

  /** Refetches every active query. A query that is in flight may be answered with older data, so it is sent once more afterwards. */
  refresh(): void {
    clearTimeout(this.timer);
    this.timer = 0;
    this.isRefreshDue = this.isMutating;
    if (this.isRefreshDue) return;
    for (const [key, operation] of this.active) {
      if (this.inFlight.has(key)) this.outdated.add(key);
      else this.repeat(operation);
    }
  }

  /** Refetches after DEBOUNCE_MS, once for all calls until then. */
  scheduleRefresh(): void {
    this.timer ||= window.setTimeout(() => this.refresh(), DEBOUNCE_MS);
  }

  /** Comes before the cache, so that it sees which queries are active. */
  readonly exchange: Exchange = ({ forward, client }) => {
    this.repeat = (operation) => client.reexecuteOperation(client.createRequestOperation("query", operation, { ...operation.context, requestPolicy: "network-only" }));
    return (operations) =>
      pipe(
        operations,
        tap((operation) => this.track(operation)),
        forward,
        tap(({ operation, stale }) => !stale && this.settle(operation.key)),
      );
  };

  private track(operation: Operation): void {
    if (operation.kind === "query") {
      this.active.set(operation.key, operation);
      this.inFlight.add(operation.key);
    }
    if (operation.kind === "mutation") this.mutations.add(operation.key);
    if (operation.kind === "teardown") {
      this.active.delete(operation.key);
      this.settle(operation.key);
    }
  }

  private settle(key: number): void {
    this.inFlight.delete(key);
    const operation = this.active.get(key);
    if (this.outdated.delete(key) && operation) {
      if (this.isMutating) this.isRefreshDue = true;
      else this.repeat(operation);
    }
    if (this.mutations.delete(key) && this.isRefreshDue) this.refresh();
  }
}
