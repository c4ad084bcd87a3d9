import assert from "node:assert/strict";
import { test } from "node:test";
import { parseWholeNumber } from "./numbers.ts";

test("a minus sign of any kind makes a negative number", () => {
  for (const minus of ["-", "\u2212", "\u2013", "\u2010"]) assert.equal(parseWholeNumber(`${minus}15`), -15);
});

test("a plus sign and spaces are ignored", () => {
  assert.equal(parseWholeNumber(" +1\u202f500 "), 1500);
});

test("anything but a whole number is refused", () => {
  for (const text of ["", "-", "1.5", "1e3", "12a", "--3", "12345678901"]) assert.equal(parseWholeNumber(text), undefined);
});
