import assert from "node:assert/strict";
import { test } from "node:test";
import { daysAfter, expiresWithin } from "./expiring.ts";

test("days are counted in the calendar, across months and leap days", () => {
  assert.equal(daysAfter("2026-11-23", 30), "2026-12-23");
  assert.equal(daysAfter("2028-02-28", 1), "2028-02-29");
});

test("an expiry that the page does not offer is none", () => {
  assert.equal(expiresWithin("30d"), 30);
  for (const text of [undefined, "", "31d", "30", "30d "]) assert.equal(expiresWithin(text), undefined);
});
