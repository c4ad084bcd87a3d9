interface Step {
  on: string;
  datapoints: number;
}

export interface Point {
  /** Percent from the left and from the top of the chart. */
  x: number;
  y: number;
  datapoints: number;
  /** Whether there is room for the label. */
  isLabelled: boolean;
}

const MIN_SPAN_DAYS = 30;
const DAY_MS = 86_400_000;
const MIN_LABEL_GAP = 14;

/** The chart of datapoints over time, in percent of its width and height: its points, the path of the line and of the area below. It ends today and spans at least MIN_SPAN_DAYS. */
export function stepChart(steps: readonly Step[], today: string): { since: string; points: Point[]; line: string; area: string } {
  const end = Date.parse(today);
  const start = Math.min(Date.parse(steps[0]!.on), end - MIN_SPAN_DAYS * DAY_MS);
  const maximum = Math.max(...steps.map(({ datapoints }) => datapoints)) * 1.2;
  let labelled = -MIN_LABEL_GAP;
  const points = steps.map(({ on, datapoints }, index) => {
    const x = round(((Date.parse(on) - start) / (end - start)) * 100);
    const isLabelled = index === steps.length - 1 || (x - labelled >= MIN_LABEL_GAP && lastX(steps, start, end) - x >= MIN_LABEL_GAP);
    if (isLabelled) labelled = x;
    return { x, y: round(100 - (datapoints / maximum) * 100), datapoints, isLabelled };
  });
  const [first, ...others] = points;
  const line = `M${first!.x} ${first!.y}${others.map(({ x, y }) => ` H${x} V${y}`).join("")} H100`;
  return { since: new Date(start).toISOString().slice(0, 10), points, line, area: `${line} V100 H${first!.x} Z` };
}

function lastX(steps: readonly Step[], start: number, end: number): number {
  return ((Date.parse(steps.at(-1)!.on) - start) / (end - start)) * 100;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
