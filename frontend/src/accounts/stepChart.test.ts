import assert from "node:assert/strict";
import { test } from "node:test";
import { stepChart } from "./stepChart.ts";

test("a point is placed by its date and its number", () => {
  const { points, line } = stepChart([{ on: "2026-01-01", datapoints: 50 }, { on: "2026-02-20", datapoints: 100 }], "2026-04-11");
  assert.deepEqual(points.map(({ x }) => x), [0, 50]);
  assert.ok(points[0]!.y > points[1]!.y);
  assert.equal(line, `M0 ${points[0]!.y} H50 V${points[1]!.y} H100`);
});

test("an account that began today is shown as a line", () => {
  const { since, points } = stepChart([{ on: "2026-04-11", datapoints: 50 }], "2026-04-11");
  assert.deepEqual(points.map(({ x, isLabelled }) => [x, isLabelled]), [[100, true]]);
  assert.equal(since, "2026-03-12");
});

test("the area below a line that begins within the chart starts at its first day", () => {
  const { line, area } = stepChart([{ on: "2026-04-01", datapoints: 50 }], "2026-04-11");
  assert.equal(line, "M66.67 16.67 H100");
  assert.equal(area, "M66.67 16.67 H100 V100 H66.67 Z");
});

test("of points that are close together, the last is labelled", () => {
  const steps = ["2026-01-01", "2026-04-08", "2026-04-09", "2026-04-10"].map((on, place) => ({ on, datapoints: 20 + place }));
  assert.deepEqual(stepChart(steps, "2026-04-11").points.map(({ isLabelled }) => isLabelled), [true, false, false, true]);
});
