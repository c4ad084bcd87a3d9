import { useEffect, useState } from "preact/hooks";

/** Pixels that stand above any list, and those that a row takes at least. */
const LIST_TOP_PX = 240;
const MIN_ROW_PX = 40;

let isFirstList = true;

/** The rows that a window has room for; in the frame after the visit's first list, and from then on, all of them. */
export function useProgressiveRows<Row>(rows: readonly Row[]): readonly Row[] {
  const [visibleCount, setVisibleCount] = useState(() => (isFirstList ? Math.ceil((innerHeight - LIST_TOP_PX) / MIN_ROW_PX) : Infinity));
  useEffect(() => {
    isFirstList = false;
    const frame = requestAnimationFrame(() => setTimeout(() => setVisibleCount(Infinity)));
    return () => cancelAnimationFrame(frame);
  }, []);
  return rows.slice(0, visibleCount);
}
