import type { Exchange, Operation } from "@urql/core";
import { filter, makeSubject, merge, pipe, tap } from "wonka";
import { errorCode } from "./client.ts";

/** Holds back operations that were refused because the session has ended, and repeats them after the next sign-in. */
export class SessionGate {
  private blocked = new Map<number, Operation>();
  private retry: (operation: Operation) => void = () => {};
  private onEnd: () => void = () => {};

  /** Sets what to call when the session has ended. */
  onSessionEnd(show: () => void): void {
    this.onEnd = show;
  }

  /** Repeats the operations that were held back. */
  resume(): void {
    const blocked = [...this.blocked.values()];
    this.blocked.clear();
    blocked.forEach((operation) => this.retry(operation));
  }

  readonly exchange: Exchange =
    ({ forward }) =>
    (operations) => {
      const retried = makeSubject<Operation>();
      this.retry = retried.next;
      const started = pipe(
        operations,
        tap(({ kind, key }) => kind === "teardown" && this.blocked.delete(key)),
      );
      return pipe(
        forward(merge([started, retried.source])),
        filter((result) => {
          if (errorCode(result.error) !== "UNAUTHENTICATED" || result.operation.context["ungated"]) return true;
          this.blocked.set(result.operation.key, result.operation);
          this.onEnd();
          return false;
        }),
      );
    };
}
