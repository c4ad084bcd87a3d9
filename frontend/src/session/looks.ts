import { remembered } from "./remembered.ts";

/** How the page can look in this browser; the first of each holds until another is chosen. */
export const LOOKS = { theme: ["system", "light", "dark"], density: ["comfortable", "compact"] } as const;

export type Look = keyof typeof LOOKS;

export function chosenLook(look: Look): string {
  const offered: readonly string[] = LOOKS[look];
  return offered.find((name) => name === remembered.read(look)) ?? LOOKS[look][0];
}

/** Show the page so, now and on the next visits. */
export function applyLook(look: Look, name: string): void {
  remembered.write(look, name);
  document.documentElement.dataset[look] = name;
}
