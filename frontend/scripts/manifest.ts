import { readFileSync } from "node:fs";
import { page } from "./page.ts";

interface Chunk {
  file: string;
  name?: string;
  isDynamicEntry?: boolean;
  css?: string[];
  imports?: string[];
}

/** The files of the build by the module that each begins with. */
export const chunks = JSON.parse(readFileSync(new URL("manifest.json", page), "utf8")) as Record<string, Chunk>;

/** What must be there for some modules to run, or for groups of vite.config.ts. */
export function filesOf(names: string[]): string[] {
  const all = (name: string): string[] => {
    const chunk = chunks[name] ?? Object.values(chunks).find((chunk) => chunk.name === name)!;
    return [chunk.file, ...(chunk.css ?? []), ...(chunk.imports ?? []).flatMap(all)];
  };
  return [...new Set(names.flatMap(all))];
}
