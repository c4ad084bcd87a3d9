/**
 * Writes what the first screen needs, by path: its files and the queries that it will send. The server adds them to the page
 * as preloads.
 */
import { writeFileSync } from "node:fs";
import { formatDocument, getOperationName, stringifyDocument, stringifyVariables, type TypedDocumentNode } from "@urql/core";
import { accountsVariables } from "../src/accounts/listQuery.ts";
import { ACCOUNTS, VIEWER } from "../src/api/operations.ts";
import { sha256 } from "../src/api/trusted.ts";
import { filesOf } from "./manifest.ts";
import { page } from "./page.ts";

const SCREENS: Record<string, string[]> = {
  "/": ["src/accounts/Home.tsx"],
  "/management/active": ["src/accounts/Section.tsx"],
  "/management/expired": ["src/accounts/Section.tsx"],
  "/management/applications": ["src/accounts/Section.tsx", "src/requests/Applications.tsx"],
  "/queue": ["src/requests/Queue.tsx"],
};

/** The URL of a query, byte by byte as the client will request it. */
async function addressOf<Variables extends object>(document: TypedDocumentNode<unknown, Variables>, variables: Variables): Promise<string> {
  const query = formatDocument(document);
  const search = new URLSearchParams({ operationName: getOperationName(query)! });
  if (Object.keys(variables).length) search.set("variables", stringifyVariables(variables));
  search.set("extensions", stringifyVariables({ persistedQuery: { version: 1, sha256Hash: await sha256(stringifyDocument(query)) } }));
  return `/graphql?${search}`;
}

const begun = filesOf(["start"]);
const shared = filesOf(["shared"]).filter((file) => !begun.includes(file));
const beyondShared = (names: string[]) => filesOf(names).filter((file) => ![...begun, ...shared].includes(file));
const languages = ["en", "fr", "es", "ca"].map((code) => [code, beyondShared([`src/i18n/${code}.json`])]);
const screens = Object.entries(SCREENS).map(([address, names]) => [address, beyondShared(names)]);
const listOf = async (zone: "ACTIVE" | "EXPIRED") => [await addressOf(ACCOUNTS, accountsVariables(zone, {}, undefined))];

const arrivals = {
  shared,
  languages: Object.fromEntries(languages),
  screens: Object.fromEntries(screens),
  viewer: await addressOf(VIEWER, {}),
  lists: { "/management/active": await listOf("ACTIVE"), "/management/expired": await listOf("EXPIRED") },
};

writeFileSync(new URL("arrivals.json", page), JSON.stringify(arrivals, null, 1));
