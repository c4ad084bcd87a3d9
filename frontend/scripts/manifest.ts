import { readFileSync } from "node:fs";
import { page } from "./page.ts";

interface Chunk {
  file: string;
  name?: string;
  isDynamicEntry?: boolean;
  css?: string[];
  imports?: string[];
}

/** The files of the build, by entry module. */
export const chunks = JSON.parse(readFileSync(new URL("manifest.json", page), "utf8")) as Record<string, Chunk>;

/** All files that modules, or groups of vite.config.ts, need to run. */
export function filesOf(names: string[]): string[] {
  const all = (name: string): string[] => {
    const chunk = chunks[name] ?? Object.values(chunks).find((chunk) => chunk.name === name)!;
    return [chunk.file, ...(chunk.css ?? []), ...(chunk.imports ?? []).flatMap(all)];
  };
  return [...new Set(names.flatMap(all))];
}
