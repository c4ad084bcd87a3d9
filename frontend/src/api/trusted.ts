import { formatDocument, stringifyDocument, type TypedDocumentNode } from "@urql/core";
import { Kind } from "graphql";
import * as operations from "./operations.ts";

/** The texts that the page's client sends, by their hashes. The server knows them from the build; the page sends hashes only. */
export async function trustedDocuments(): Promise<Record<string, string>> {
  const texts = documentsIn(operations).map((document) => stringifyDocument(formatDocument(document)));
  return Object.fromEntries(await Promise.all(texts.map(async (text) => [await sha256(text), text])));
}

/** Every operation of a module, also those that it groups. */
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
