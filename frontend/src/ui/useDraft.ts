import { useRef, useState } from "preact/hooks";
import { readDraft, removeDraft, writeDraft } from "./drafts.ts";

/** The values of a form, stored for this tab until they are sent or cleared. */
export interface Draft<T> {
  values: T;
  set: (changes: Partial<T>) => void;
  clear: () => void;
}

/** The draft of a form. The name must be unique to the form and the viewer. */
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
