/** Fails when the script and style of all screens, in one language, exceed the budget as they are sent. */
import { readdirSync, statSync } from "node:fs";

const BUDGET = 60_000;
const folder = new URL("../../backend/page/assets/", import.meta.url);
const files = readdirSync(folder)
  .filter((name) => /\.(js|css)\.br$/.test(name))
  .map((name) => ({ language: /^(en|fr|es|ca)-/.test(name), size: statSync(new URL(name, folder)).size }));
const shared = files.filter((file) => !file.language).reduce((sum, file) => sum + file.size, 0);
const size = shared + Math.max(...files.filter((file) => file.language).map((file) => file.size));

if (size > BUDGET) {
  console.error(`script and style are ${size} bytes compressed; the budget is ${BUDGET}`);
  process.exit(1);
}
