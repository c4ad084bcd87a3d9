import assert from "node:assert/strict";
import { test } from "node:test";
import { matchAccountRequest } from "../dialogRoutes.ts";
import { ACCOUNT_REQUESTS, REQUEST_TYPE_NAMES, requestTypeInfo } from "./index.ts";

test("a type that only a newer version knows has an empty entry", () => {
  for (const name of ["CLOSURE", "OTHER", ""]) assert.deepEqual(requestTypeInfo(name), {});
});

test("each type names the changed field that lists show", () => {
  for (const name of REQUEST_TYPE_NAMES) assert.ok(requestTypeInfo(name).summary, name);
  assert.equal(requestTypeInfo("RENEWAL").summary, "EXPIRES_ON");
});

test("the dialog of each request about an account has its own path", () => {
  assert.equal(new Set(ACCOUNT_REQUESTS.map(({ path }) => path)).size, ACCOUNT_REQUESTS.length);
  for (const request of ACCOUNT_REQUESTS) {
    assert.deepEqual(matchAccountRequest(`/management/accounts/A1/${request.path}`), { account: "A1", request });
  }
  assert.equal(matchAccountRequest("/management/accounts/A1/unknown"), undefined);
});
