import { useLayoutEffect, useRef } from "preact/hooks";
import { storage } from "../session/storage.ts";

const SETTING_NAME = "single-keys";

/** The setting for single-key shortcuts. They disturb speech input, so they can be disabled. */
export const shortcutSetting = {
  isOn: () => storage.read(SETTING_NAME) !== "off",
  set: (on: boolean) => storage.write(SETTING_NAME, on ? "on" : "off"),
};

/** Handles single-key shortcuts, except in text fields, in dialogs and where they are disabled. */
export function useShortcuts(keys: Record<string, () => void>): void {
  const newest = useRef(keys);
  newest.current = keys;
  // Before paint, so that a visible button already has its shortcut.
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
