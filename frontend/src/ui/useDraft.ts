import { useRef, useState } from "preact/hooks";
import { readDraft, removeDraft, writeDraft } from "./drafts.ts";

/** What is typed in a form, kept for this tab until it is sent or forgotten. */
export interface Draft<T> {
  values: T;
  set: (changes: Partial<T>) => void;
  clear: () => void;
}

/** A form's draft under a name that no other form and no other person has. */
export function useDraft<T extends object>(name: string, empty: T): Draft<T> {
  const first = useRef(empty);
  const [values, setValues] = useState<T>(() => ({ ...empty, ...readDraft<T>(name) }));
  const newest = useRef(values);
  const set = (changes: Partial<T>) => {
    newest.current = { ...newest.current, ...changes };
    writeDraft(name, newest.current);
    setValues(newest.current);
  };
  const clear = () => {
    newest.current = first.current;
    removeDraft(name);
    setValues(first.current);
  };
  return { values, set, clear };
}
