import { storage } from "./storage.ts";

/** The display preferences of this browser; the first value of each is the default. */
export const PREFERENCES = { theme: ["system", "light", "dark"], density: ["comfortable", "compact"] } as const;

export type Preference = keyof typeof PREFERENCES;

export function readPreference(preference: Preference): string {
  const offered: readonly string[] = PREFERENCES[preference];
  return offered.find((name) => name === storage.read(preference)) ?? PREFERENCES[preference][0];
}

/** Stores a preference and applies it. */
export function setPreference(preference: Preference, name: string): void {
  storage.write(preference, name);
  document.documentElement.dataset[preference] = name;
}
