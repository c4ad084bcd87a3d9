import { useEffect, useId, useState } from "preact/hooks";

interface ComboboxProps {
  label: string;
  value: string;
  /** The options for the present text. */
  options: readonly string[];
  onType: (text: string) => void;
  onChoose: (option: string) => void;
  onLeave?: () => void;
  placeholder?: string;
  [attribute: `aria-${string}`]: string | boolean | undefined;
  id?: string;
  name?: string;
}

/** A text field with suggestions; any text is accepted. */
export function Combobox({ label, value, options, onType, onChoose, onLeave, ...attributes }: ComboboxProps) {
  const list = useId();
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const isOpen = open && options.length > 0 && !(options.length === 1 && options[0] === value);
  // Keep the active option in view.
  useEffect(() => document.getElementById(`${list}-${active}`)?.scrollIntoView({ block: "nearest" }), [active]);
  const close = () => {
    setOpen(false);
    setActive(-1);
  };
  const choose = (option: string) => {
    close();
    onChoose(option);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const chosen = options[active];
    if (step) {
      event.preventDefault();
      setOpen(true);
      // The position before the first and after the last option is the field itself.
      setActive(isOpen ? ((active + 1 + step + options.length + 1) % (options.length + 1)) - 1 : step > 0 ? 0 : options.length - 1);
    } else if (isOpen && event.key === "Enter" && chosen !== undefined) {
      event.preventDefault();
      choose(chosen);
    } else if (isOpen && event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  };
  return (
    <div class="combobox">
      <input
        {...attributes}
        type="text"
        role="combobox"
        autocomplete="off"
        aria-autocomplete="list"
        aria-expanded={isOpen}
        aria-controls={list}
        aria-activedescendant={isOpen && active >= 0 ? `${list}-${active}` : undefined}
        value={value}
        onFocus={() => setOpen(true)}
        onClick={() => setOpen(true)}
        onBlur={() => {
          close();
          onLeave?.();
        }}
        onInput={(event) => {
          setOpen(true);
          setActive(-1);
          onType(event.currentTarget.value);
        }}
        onKeyDown={onKeyDown}
      />
      {isOpen && (
        <ul id={list} role="listbox" class="combobox-list" aria-label={label}>
          {options.map((option, index) => (
            <li
              key={option}
              id={`${list}-${index}`}
              role="option"
              aria-selected={index === active}
              // The field keeps the focus.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(option)}
            >
              {option}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
