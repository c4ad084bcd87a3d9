import type { Exchange, Operation } from "@urql/core";
import { filter, makeSubject, merge, pipe, tap } from "wonka";
import { codeOf } from "./client.ts";

/** Holds what is refused because the session has ended, and repeats it once somebody has signed in again. */
export class SessionGate {
  private held = new Map<number, Operation>();
  private retry: (operation: Operation) => void = () => {};
  private onEnd: () => void = () => {};

  /** Say what shows the sign-in form. */
  whenEnded(show: () => void): void {
    this.onEnd = show;
  }

  /** Repeat what was held. */
  signedIn(): void {
    const held = [...this.held.values()];
    this.held.clear();
    held.forEach((operation) => this.retry(operation));
  }

  readonly exchange: Exchange =
    ({ forward }) =>
    (operations) => {
      const repeated = makeSubject<Operation>();
      this.retry = repeated.next;
      const asked = pipe(
        operations,
        tap(({ kind, key }) => kind === "teardown" && this.held.delete(key)),
      );
      return pipe(
        forward(merge([asked, repeated.source])),
        filter((result) => {
          if (codeOf(result.error) !== "UNAUTHENTICATED" || result.operation.context["ungated"]) return true;
          this.held.set(result.operation.key, result.operation);
          this.onEnd();
          return false;
        }),
      );
    };
}
