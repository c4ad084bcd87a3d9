import { useLayoutEffect, useRef } from "preact/hooks";
import { remembered } from "../session/remembered.ts";

const SWITCH = "single-keys";

/** Whether keys without a modifier act; people who speak to their computer may not want that. */
export const singleKeys = {
  areOn: () => remembered.read(SWITCH) !== "off",
  turn: (on: boolean) => remembered.write(SWITCH, on ? "on" : "off"),
};

/** What single keys do on a screen, while nobody types, no dialog is open and they are switched on. */
export function useKeys(keys: Record<string, () => void>): void {
  const newest = useRef(keys);
  newest.current = keys;
  // Before it is painted: who sees a button may press its key.
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => {
      const act = newest.current[event.key.toLowerCase()];
      if (!act || event.ctrlKey || event.metaKey || event.altKey || event.repeat || !singleKeys.areOn()) return;
      if (event.target instanceof Element && event.target.closest("input:not([type=checkbox]), textarea, select, [popover]:popover-open")) return;
      if (document.querySelector("dialog[open]")) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
