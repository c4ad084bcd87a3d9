import type { Exchange, Operation } from "@urql/core";
import { pipe, tap } from "wonka";

/** Knows the queries that are shown now, and can ask all of them again. */
export class Refresher {
  private shown = new Map<number, Operation>();
  private repeat: (operation: Operation) => void = () => {};

  /** Ask again for everything that is shown. */
  refresh(): void {
    [...this.shown.values()].forEach((operation) => this.repeat(operation));
  }

  /** Stands before the cache, so that it sees what the page asks for and when it stops. */
  readonly exchange: Exchange = ({ forward, client }) => {
    this.repeat = (operation) => client.reexecuteOperation(client.createRequestOperation("query", operation, { ...operation.context, requestPolicy: "network-only" }));
    return (operations) =>
      forward(
        pipe(
          operations,
          tap((operation) => {
            if (operation.kind === "query") this.shown.set(operation.key, operation);
            if (operation.kind === "teardown") this.shown.delete(operation.key);
          }),
        ),
      );
  };
}
