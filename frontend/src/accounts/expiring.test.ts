import assert from "node:assert/strict";
import { test } from "node:test";
import { daysAfter, expiryDays, monthsFrom } from "./expiring.ts";

test("days are counted in the calendar, across months and leap days", () => {
  assert.equal(daysAfter("2026-11-23", 30), "2026-12-23");
  assert.equal(daysAfter("2028-02-28", 1), "2028-02-29");
});

test("twelve months start with the present one, on any day of it", () => {
  for (const day of ["2026-11-01", "2026-11-30"]) {
    const months = monthsFrom(day);
    assert.deepEqual([months[0], months[1], months[2], months.length], ["2026-11", "2026-12", "2027-01", 12]);
  }
});

test("an expiry is so many days from today, or a whole month", () => {
  assert.deepEqual(expiryDays("30d", "2026-11-23"), { expiresFrom: null, expiresTo: "2026-12-23" });
  assert.deepEqual(expiryDays("2028-02", "2026-11-23"), { expiresFrom: "2028-02-01", expiresTo: "2028-02-29" });
});

test("an unknown expiry filter is ignored", () => {
  for (const text of [undefined, "", "31d", "30", "30d ", "2026-13", "2026-1", "1999-01"]) {
    assert.deepEqual(expiryDays(text, "2026-11-23"), { expiresFrom: null, expiresTo: null });
  }
});
