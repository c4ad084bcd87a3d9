import { useEffect, useState } from "preact/hooks";

const DEBOUNCE_MS = 200;

/** The value after it has not changed for DEBOUNCE_MS. */
export function useDebounced<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
