/**
 * Fails when script and style of any screen, in any language, exceed the budget in compressed bytes. Parts that load after a
 * usable screen, the websocket and the dialogs, have a budget of their own.
 */
import { statSync } from "node:fs";
import { chunks, filesOf } from "./manifest.ts";
import { page } from "./page.ts";

const BUDGET = 60_000;
const BUDGET_OF_A_LATER_PART = 10_000;
const DIALOGS = ["RequestDialogs", "BulkDialog", "ShortcutsDialog"].map((name) => `src/requests/${name}.tsx`);
const isLaterPart = (name: string) => DIALOGS.includes(name) || name.includes("graphql-ws");

/** The compressed size of modules together with the shared files, in bytes. */
function size(names: string[]): number {
  return filesOf(["shared", ...names]).reduce((sum, file) => sum + statSync(new URL(`${file}.br`, page)).size, 0);
}

const isLanguage = (name: string) => name.startsWith("src/i18n/");
const later = Object.keys(chunks).filter((name) => chunks[name]!.isDynamicEntry);
const screens = [[], ...later.filter((name) => !isLanguage(name) && !isLaterPart(name)).map((name) => [name])];
const most = Math.max(...later.filter(isLanguage).flatMap((language) => screens.map((screen) => size([language, ...screen]))));

if (most > BUDGET) {
  console.error(`script and style of one screen are ${most} bytes compressed; the budget is ${BUDGET}`);
  process.exit(1);
}
for (const part of later.filter(isLaterPart)) {
  const more = size([part]) - size([]);
  if (more > BUDGET_OF_A_LATER_PART) {
    console.error(`${part} adds ${more} bytes compressed; the budget of such a part is ${BUDGET_OF_A_LATER_PART}`);
    process.exit(1);
  }
}
