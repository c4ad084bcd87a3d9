/**
 * Fails when the script and style that any one screen needs, in any language, exceed the budget as they are sent. What comes
 * after a screen that can be used already, its live link and what opens over it, has a budget of its own.
 */
import { readFileSync, statSync } from "node:fs";

interface Chunk {
  file: string;
  isDynamicEntry?: boolean;
  css?: string[];
  imports?: string[];
}

const BUDGET = 60_000;
const BUDGET_OF_A_LATER_PART = 10_000;
const isLaterPart = (name: string) => name === "src/requests/RequestDialogs.tsx" || name.includes("graphql-ws");
const page = new URL("../../backend/page/", import.meta.url);
const chunks = JSON.parse(readFileSync(new URL("manifest.json", page), "utf8")) as Record<string, Chunk>;

function filesOf(name: string): string[] {
  const chunk = chunks[name]!;
  return [chunk.file, ...(chunk.css ?? []), ...(chunk.imports ?? []).flatMap(filesOf)];
}

function size(names: string[]): number {
  const files = [...new Set(names.flatMap(filesOf))];
  return files.reduce((sum, file) => sum + statSync(new URL(`${file}.br`, page)).size, 0);
}

const isLanguage = (name: string) => name.startsWith("src/i18n/");
const later = Object.keys(chunks).filter((name) => chunks[name]!.isDynamicEntry);
const screens = [[], ...later.filter((name) => !isLanguage(name) && !isLaterPart(name)).map((name) => [name])];
const most = Math.max(...later.filter(isLanguage).flatMap((language) => screens.map((screen) => size(["index.html", "src/early.ts", language, ...screen]))));

if (most > BUDGET) {
  console.error(`script and style of one screen are ${most} bytes compressed; the budget is ${BUDGET}`);
  process.exit(1);
}
for (const part of later.filter(isLaterPart)) {
  const more = size(["index.html", part]) - size(["index.html"]);
  if (more > BUDGET_OF_A_LATER_PART) {
    console.error(`${part} adds ${more} bytes compressed; the budget of such a part is ${BUDGET_OF_A_LATER_PART}`);
    process.exit(1);
  }
}
