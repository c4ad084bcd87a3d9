import { useEffect, useState } from "preact/hooks";

/** The height above any list, and the least height of a row. */
const LIST_TOP_PX = 240;
const MIN_ROW_PX = 40;

let isFirstList = true;

/** Renders only the rows that fit into the window for the first list of a visit, and all rows from the next frame on. */
export function useProgressiveRows<Row>(rows: readonly Row[]): readonly Row[] {
  const [visibleCount, setVisibleCount] = useState(() => (isFirstList ? Math.ceil((innerHeight - LIST_TOP_PX) / MIN_ROW_PX) : Infinity));
  useEffect(() => {
    isFirstList = false;
    const frame = requestAnimationFrame(() => setTimeout(() => setVisibleCount(Infinity)));
    return () => cancelAnimationFrame(frame);
  }, []);
  return rows.slice(0, visibleCount);
}
