import { makeOperation, type Exchange, type Operation } from "@urql/core";
import { Kind } from "graphql";
import { map, pipe, tap } from "wonka";
import { readDraft, writeDraft } from "../ui/drafts.ts";
import { REQUEST_MUTATIONS } from "./cache.ts";

type Input = Record<string, unknown>;

const DRAFT_NAME = "unanswered";

/**
 * Adds an idempotency key to each mutation that files or decides. Until it is answered, the same mutation is sent with the
 * same key and input, also after a reload: what the server has done already, it does not do twice.
 */
export function idempotencyKeys(): Exchange {
  const unanswered = new Map(Object.entries(readDraft<Record<string, Input>>(DRAFT_NAME) ?? {}));
  const save = () => writeDraft(DRAFT_NAME, Object.fromEntries(unanswered));
  return ({ forward }) =>
    (operations) =>
      pipe(
        operations,
        map((operation) => {
          if (!isRequestMutation(operation)) return operation;
          const fingerprint = fingerprintOf(operation);
          const input = unanswered.get(fingerprint) ?? { ...operation.variables?.["input"], clientMutationId: crypto.randomUUID() };
          unanswered.set(fingerprint, input);
          save();
          return makeOperation(operation.kind, { ...operation, variables: { input } });
        }),
        forward,
        tap(({ operation, data }) => {
          // The server stores a refusal under its key too. The next try needs a new key: the same input may be valid by then.
          if (data && isRequestMutation(operation) && unanswered.delete(fingerprintOf(operation))) save();
        }),
      );
}

function isRequestMutation({ kind, query }: Operation): boolean {
  if (kind !== "mutation") return false;
  const root = query.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  return Boolean(root?.selectionSet.selections.some((field) => field.kind === Kind.FIELD && REQUEST_MUTATIONS.includes(field.name.value)));
}

/** Identifies a mutation by its name and input, without key and preview version. */
function fingerprintOf({ query, variables }: Operation): string {
  const [document] = query.definitions;
  const name = document?.kind === Kind.OPERATION_DEFINITION ? document.name?.value : undefined;
  return JSON.stringify([name, { ...variables?.["input"], clientMutationId: undefined, previewVersion: undefined }]);
}
