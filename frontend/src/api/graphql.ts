import { initGraphQLTada } from "gql.tada";
import type { DocumentNode } from "graphql";
import type { introspection } from "./graphql-env.d.ts";

const read = initGraphQLTada<{
  introspection: introspection;
  scalars: { Date: string; DateTime: string; ID: string };
}>();

/** Documents typed by schema.graphql. Each is parsed on first use: no screen uses all of them. */
export const graphql = ((...source: Parameters<typeof read>) => {
  let document: DocumentNode | undefined;
  return {
    kind: "Document",
    get definitions() {
      return (document ??= read(...source) as DocumentNode).definitions;
    },
  };
}) as unknown as typeof read;

export type { ResultOf, VariablesOf } from "gql.tada";
