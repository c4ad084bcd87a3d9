import type { Exchange, Operation } from "@urql/core";
import { filter, makeSubject, merge, pipe, tap } from "wonka";
import { errorCode } from "./client.ts";

/** Holds what is refused because the session has ended, and repeats it once somebody has signed in again. */
export class SessionGate {
  private blocked = new Map<number, Operation>();
  private retry: (operation: Operation) => void = () => {};
  private onEnd: () => void = () => {};

  /** Say what shows the sign-in form. */
  onSessionEnd(show: () => void): void {
    this.onEnd = show;
  }

  /** Repeat what was held. */
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
