import { useEffect, useState } from "preact/hooks";

/** Pixels that stand above any list, and those that a row takes at least. */
const ABOVE = 240;
const ROW = 40;

let isFirst = true;

/** The rows that a window has room for; in the frame after the visit's first list, and from then on, all of them. */
export function useFirstRows<Row>(rows: readonly Row[]): readonly Row[] {
  const [room, setRoom] = useState(() => (isFirst ? Math.ceil((innerHeight - ABOVE) / ROW) : Infinity));
  useEffect(() => {
    isFirst = false;
    const frame = requestAnimationFrame(() => setTimeout(() => setRoom(Infinity)));
    return () => cancelAnimationFrame(frame);
  }, []);
  return rows.slice(0, room);
}
