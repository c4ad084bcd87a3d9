import assert from "node:assert/strict";
import { test } from "node:test";
import { toChange, emptyForm, fieldProblems } from "./newAccountValues.ts";

const choices = {
  licences: [{ code: "ANALYSE", name: "Analyse", rank: 1 }],
  sectors: [{ code: "OFFICES", name: "Offices" }],
  countries: [
    { code: "ES", name: "Spain", hasRtcLines: true },
    { code: "FR", name: "France", hasRtcLines: false },
  ],
  limits: { minDatapoints: 20, minPeriodMonths: 1, maxPeriodMonths: 60, defaultPeriodMonths: 12, maxCommentLength: 500, maxReasonLength: 500 },
};

test("an empty form has default numbers, and every empty required field is a problem", () => {
  const empty = emptyForm(choices, "FR");
  assert.deepEqual([empty.datapoints, empty.periodMonths], ["20", "12"]);
  assert.deepEqual(fieldProblems(empty, choices), { accountName: "required", clientName: "required", licence: "required", sector: "required" });
});

test("RTC lines are asked for in Spain and left out elsewhere", () => {
  const values = { ...emptyForm(choices, "ES"), rtcLines: "six" };
  assert.equal(fieldProblems(values, choices).rtcLines, "number.invalid");
  assert.equal(fieldProblems({ ...values, country: "FR" }, choices).rtcLines, undefined);
  const change = toChange({ ...values, country: "FR", rtcLines: "6" }, choices);
  assert.equal("newAccount" in change && change.newAccount?.rtcLines, 0);
});
