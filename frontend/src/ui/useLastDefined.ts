import { useRef } from "preact/hooks";

/** The last value that was not undefined. */
export function useLastDefined<T>(value: T | undefined): T | undefined {
  const latest = useRef(value);
  if (value !== undefined) latest.current = value;
  return latest.current;
}
