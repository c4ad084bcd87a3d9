import { remembered } from "../session/remembered.ts";

export type Density = "comfortable" | "compact";

export const DENSITIES: Density[] = ["comfortable", "compact"];

export const chosenDensity = (): Density => (remembered.read("density") === "compact" ? "compact" : "comfortable");

/** Show rows with more or with less room. */
export function applyDensity(density: Density): void {
  remembered.write("density", density);
  document.documentElement.dataset["density"] = density;
}
