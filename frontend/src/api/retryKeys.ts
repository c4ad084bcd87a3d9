import { makeOperation, type Exchange, type Operation } from "@urql/core";
import { Kind } from "graphql";
import { map, pipe, tap } from "wonka";
import { CHANGES } from "./cache.ts";

/**
 * Gives each mutation that files or decides its idempotency key. Until one is answered, sending the same input again
 * sends the same key: what the server had done before the link broke, it does not do twice.
 */
export function retryKeys(): Exchange {
  const unanswered = new Map<string, string>();
  return ({ forward }) =>
    (operations) =>
      pipe(
        operations,
        map((operation) => {
          if (!changes(operation)) return operation;
          const asked = askedBy(operation);
          const key = unanswered.get(asked) ?? crypto.randomUUID();
          unanswered.set(asked, key);
          return makeOperation(operation.kind, { ...operation, variables: { input: { ...operation.variables?.["input"], clientMutationId: key } } });
        }),
        forward,
        tap(({ operation, data }) => {
          // A refusal is remembered for its key too: the same words may be right at another time.
          if (data && changes(operation)) unanswered.delete(askedBy(operation));
        }),
      );
}

function changes({ kind, query }: Operation): boolean {
  if (kind !== "mutation") return false;
  const root = query.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  return Boolean(root?.selectionSet.selections.some((field) => field.kind === Kind.FIELD && CHANGES.includes(field.name.value)));
}

/** What a mutation asks for, whatever its key. */
function askedBy({ query, variables }: Operation): string {
  return JSON.stringify([query.definitions[0], { ...variables?.["input"], clientMutationId: undefined }]);
}
