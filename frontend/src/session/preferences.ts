import { storage } from "./storage.ts";

/** How the page can look in this browser; the first of each holds until another is chosen. */
export const PREFERENCES = { theme: ["system", "light", "dark"], density: ["comfortable", "compact"] } as const;

export type Preference = keyof typeof PREFERENCES;

export function readPreference(preference: Preference): string {
  const offered: readonly string[] = PREFERENCES[preference];
  return offered.find((name) => name === storage.read(preference)) ?? PREFERENCES[preference][0];
}

/** Show the page so, now and on the next visits. */
export function setPreference(preference: Preference, name: string): void {
  storage.write(preference, name);
  document.documentElement.dataset[preference] = name;
}
