import { formatDocument, stringifyDocument, type TypedDocumentNode } from "@urql/core";
import { Kind } from "graphql";
import * as operations from "./operations.ts";

/** The documents that the page sends, by SHA-256 hash. The server reads them at build time; the page sends only hashes. */
export async function trustedDocuments(): Promise<Record<string, string>> {
  const texts = documentsIn(operations).map((document) => stringifyDocument(formatDocument(document)));
  return Object.fromEntries(await Promise.all(texts.map(async (text) => [await sha256(text), text])));
}

/** All documents of a module, nested groups included. */
export function documentsIn(group: object): TypedDocumentNode[] {
  return Object.values(group).flatMap((entry: unknown) => {
    if (typeof entry !== "object" || entry === null) return [];
    return isDocument(entry) ? [entry] : documentsIn(entry);
  });
}

function isDocument(entry: object): entry is TypedDocumentNode {
  return "kind" in entry && entry.kind === Kind.DOCUMENT;
}

export async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
