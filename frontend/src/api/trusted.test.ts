import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Kind } from "graphql";
import { pipe, subscribe } from "wonka";
import { createClient } from "./client.ts";
import { SessionGate } from "./sessionGate.ts";
import { LiveUpdates } from "./liveUpdates.ts";
import * as operations from "./operations.ts";
import { Refresher } from "./refresh.ts";
import { documentsIn, trustedDocuments } from "./trusted.ts";

/** Sends each operation through the page's client, and returns what it would put on the wire. */
async function sent(): Promise<{ hashes: string[]; texts: string[] }> {
  const hashes: string[] = [];
  const texts: string[] = [];
  globalThis.fetch = async (address, options) => {
    const { searchParams } = new URL(String(address), "http://localhost");
    const body = options?.body ? JSON.parse(String(options.body)) : Object.fromEntries([...searchParams].map(([name, value]) => [name, name === "extensions" ? JSON.parse(value) : value]));
    assert.equal(body.query, undefined, "a text was sent where its hash is enough");
    hashes.push(body.extensions.persistedQuery.sha256Hash);
    return Response.json({ data: null });
  };
  const refresher = new Refresher();
  const liveUpdates = { onResponse() {}, forward: ({ query }: { query?: string }) => (texts.push(query ?? ""), { subscribe: () => ({ unsubscribe() {} }) }) };
  const client = createClient({ gate: new SessionGate(), refresher, liveUpdates: liveUpdates as unknown as LiveUpdates, language: () => "EN" });
  for (const document of documentsIn(operations)) {
    const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION)!;
    const variables = { input: {} };
    if (operation.operation === "subscription") pipe(client.subscription(document, variables), subscribe(() => {})).unsubscribe;
    else await client[operation.operation](document, variables).toPromise();
  }
  return { hashes, texts };
}

test("the client sends only trusted documents: queries and mutations by hash, subscriptions by text", async () => {
  const trusted = await trustedDocuments();
  const { hashes, texts } = await sent();

  assert.deepEqual(hashes.filter((hash) => !(hash in trusted)), []);
  assert.deepEqual(texts.filter((text) => !Object.values(trusted).includes(text)), []);
  assert.equal(hashes.length + texts.length, Object.keys(trusted).length);
  assert.ok(texts.length > 0);
});

test("the manifest of the built page holds the documents of these sources", { skip: !existsSync(manifest()) }, async () => {
  assert.deepEqual(JSON.parse(readFileSync(manifest(), "utf8")), await trustedDocuments(), "build the page anew: make page");
});

function manifest(): URL {
  return new URL("../../../backend/page/operations.json", import.meta.url);
}
