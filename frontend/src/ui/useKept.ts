import { useEffect, useRef } from "preact/hooks";

/** The last answer, until the next one is there: urql has none while variables are new. */
export function useKept<T>(value: T | undefined): T | undefined {
  const kept = useRef<T | undefined>(value);
  useEffect(() => {
    if (value !== undefined) kept.current = value;
  }, [value]);
  return value ?? kept.current;
}
