import { formatDocument, getOperationName, stringifyDocument, stringifyVariables, type TypedDocumentNode } from "@urql/core";
import { variablesOf } from "../src/accounts/listAddress.ts";
import { ACCOUNTS, VIEWER } from "../src/api/operations.ts";
import { sha256 } from "../src/api/trusted.ts";

/** What the page's client asks first, by the addresses of the screens that are opened most. */
export async function earlyAddresses(): Promise<Record<string, string[]>> {
  const viewer = await addressOf(VIEWER, {});
  const zone = async (name: "ACTIVE" | "EXPIRED") => [viewer, await addressOf(ACCOUNTS, variablesOf(name, {}, undefined))];
  return { "/management/active": await zone("ACTIVE"), "/management/expired": await zone("EXPIRED") };
}

/** Where a query is answered, letter for letter as the client will ask for it. */
async function addressOf<Variables extends object>(document: TypedDocumentNode<unknown, Variables>, variables: Variables): Promise<string> {
  const query = formatDocument(document);
  const search = new URLSearchParams({ operationName: getOperationName(query)! });
  if (Object.keys(variables).length) search.set("variables", stringifyVariables(variables));
  search.set("extensions", stringifyVariables({ persistedQuery: { version: 1, sha256Hash: await sha256(stringifyDocument(query)) } }));
  return `/graphql?${search}`;
}
