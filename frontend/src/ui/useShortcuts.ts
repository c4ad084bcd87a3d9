import { useLayoutEffect, useRef } from "preact/hooks";
import { storage } from "../session/storage.ts";

const SETTING_NAME = "single-keys";

/** Whether keys without a modifier act; people who speak to their computer may not want that. */
export const shortcutSetting = {
  isOn: () => storage.read(SETTING_NAME) !== "off",
  set: (on: boolean) => storage.write(SETTING_NAME, on ? "on" : "off"),
};

/** What single keys do on a screen, while nobody types, no dialog is open and they are switched on. */
export function useShortcuts(keys: Record<string, () => void>): void {
  const newest = useRef(keys);
  newest.current = keys;
  // Before it is painted: who sees a button may press its key.
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => {
      const act = newest.current[event.key.toLowerCase()];
      if (!act || event.ctrlKey || event.metaKey || event.altKey || event.repeat || !shortcutSetting.isOn()) return;
      if (event.target instanceof Element && event.target.closest("input:not([type=checkbox]), textarea, select, [popover]:popover-open")) return;
      if (document.querySelector("dialog[open]")) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
