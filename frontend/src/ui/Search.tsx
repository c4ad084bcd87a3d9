import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./icons.tsx";

const DEBOUNCE_MS = 200;

/** A search field; ``onSearch`` is debounced. */
export function Search({ label, value, onSearch }: { label: string; value: string; onSearch: (text: string) => void }) {
  const [text, setText] = useState(value);
  const timer = useRef<number>(0);
  const search = useRef(onSearch);
  // The newest callback: query parameters may have changed while the user was typing.
  search.current = onSearch;
  /** The last text sent to ``onSearch``. It comes back as ``value`` when the user may have typed more. */
  const lastSent = useRef(value);
  useEffect(() => {
    if (value === lastSent.current) return;
    lastSent.current = value;
    clearTimeout(timer.current);
    setText(value);
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <div class="search" role="search">
      <Icon name="search" />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        onInput={(event) => {
          const typedText = event.currentTarget.value;
          setText(typedText);
          clearTimeout(timer.current);
          timer.current = window.setTimeout(() => {
            lastSent.current = typedText.trim();
            search.current(lastSent.current);
          }, DEBOUNCE_MS);
        }}
      />
    </div>
  );
}
