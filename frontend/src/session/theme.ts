export type Theme = "system" | "light" | "dark";

export const THEMES: Theme[] = ["system", "light", "dark"];

const KEY = "theme";

export const chosenTheme = (): Theme => (localStorage.getItem(KEY) as Theme | null) ?? "system";

/** Show the page light, dark, or as the system is. */
export function applyTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  document.documentElement.dataset["theme"] = theme;
}
