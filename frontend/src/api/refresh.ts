import type { Exchange, Operation } from "@urql/core";
import { pipe, tap } from "wonka";

const DEBOUNCE_MS = 200;

/**
 * Knows the queries that are shown now, and can ask all of them again. While something is being changed it waits: the
 * answer would be from before, and bring back what the page has taken away.
 */
export class Refresher {
  private active = new Map<number, Operation>();
  private inFlight = new Set<number>();
  private outdated = new Set<number>();
  private mutations = new Set<number>();
  private isRefreshDue = false;
  private timer = 0;
  private repeat: (operation: Operation) => void = () => {};

  /** Whether something is being changed. */
  get isMutating(): boolean {
    return this.mutations.size > 0;
  }

  /** Ask again for everything that is shown. What is being asked for already may be answered from before: it is asked for once more. */
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

  /** The same in a moment, once for all that happens until then. */
  scheduleRefresh(): void {
    this.timer ||= window.setTimeout(() => this.refresh(), DEBOUNCE_MS);
  }

  /** Stands before the cache, so that it sees what the page asks for and when it stops. */
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
