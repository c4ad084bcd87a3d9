/** Fails when the script and style of any one screen, in any language, exceed the budget as they are sent. */
import { readFileSync, statSync } from "node:fs";

interface Chunk {
  file: string;
  isDynamicEntry?: boolean;
  css?: string[];
  imports?: string[];
}

const BUDGET = 60_000;
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
const screens = [[], ...later.filter((name) => !isLanguage(name)).map((name) => [name])];
const most = Math.max(...later.filter(isLanguage).flatMap((language) => screens.map((screen) => size(["index.html", language, ...screen]))));

if (most > BUDGET) {
  console.error(`script and style of one screen are ${most} bytes compressed; the budget is ${BUDGET}`);
  process.exit(1);
}
