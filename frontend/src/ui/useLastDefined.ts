import { useRef } from "preact/hooks";

/** The last answer, until the next one is there. */
export function useLastDefined<T>(value: T | undefined): T | undefined {
  const kept = useRef(value);
  if (value !== undefined) kept.current = value;
  return kept.current;
}
