import { remembered } from "./remembered.ts";

export type Theme = "system" | "light" | "dark";

export const THEMES: Theme[] = ["system", "light", "dark"];

export const chosenTheme = (): Theme => THEMES.find((theme) => theme === remembered.read("theme")) ?? "system";

/** Show the page light, dark, or as the system is. */
export function applyTheme(theme: Theme): void {
  remembered.write("theme", theme);
  document.documentElement.dataset["theme"] = theme;
}
