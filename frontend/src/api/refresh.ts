import type { Exchange, Operation } from "@urql/core";
import { pipe, tap } from "wonka";

const PAUSE = 200;

/**
 * Knows the queries that are shown now, and can ask all of them again. While something is being changed it waits: the
 * answer would be from before, and bring back what the page has taken away.
 */
export class Refresher {
  private shown = new Map<number, Operation>();
  private asked = new Set<number>();
  private outdated = new Set<number>();
  private changing = new Set<number>();
  private late = false;
  private timer = 0;
  private repeat: (operation: Operation) => void = () => {};

  /** Whether something is being changed. */
  get waits(): boolean {
    return this.changing.size > 0;
  }

  /** Ask again for everything that is shown. What is being asked for already may be answered from before: it is asked for once more. */
  refresh(): void {
    clearTimeout(this.timer);
    this.timer = 0;
    this.late = this.waits;
    if (this.late) return;
    for (const [key, operation] of this.shown) {
      if (this.asked.has(key)) this.outdated.add(key);
      else this.repeat(operation);
    }
  }

  /** The same in a moment, once for all that happens until then. */
  soon(): void {
    this.timer ||= window.setTimeout(() => this.refresh(), PAUSE);
  }

  /** Stands before the cache, so that it sees what the page asks for and when it stops. */
  readonly exchange: Exchange = ({ forward, client }) => {
    this.repeat = (operation) => client.reexecuteOperation(client.createRequestOperation("query", operation, { ...operation.context, requestPolicy: "network-only" }));
    return (operations) =>
      pipe(
        operations,
        tap((operation) => this.see(operation)),
        forward,
        tap(({ operation, stale }) => !stale && this.answered(operation.key)),
      );
  };

  private see(operation: Operation): void {
    if (operation.kind === "query") {
      this.shown.set(operation.key, operation);
      this.asked.add(operation.key);
    }
    if (operation.kind === "mutation") this.changing.add(operation.key);
    if (operation.kind === "teardown") {
      this.shown.delete(operation.key);
      this.answered(operation.key);
    }
  }

  private answered(key: number): void {
    this.asked.delete(key);
    const operation = this.shown.get(key);
    if (this.outdated.delete(key) && operation) {
      if (this.waits) this.late = true;
      else this.repeat(operation);
    }
    if (this.changing.delete(key) && this.late) this.refresh();
  }
}
