/** Fails when the script and style that one visitor loads exceed the budget, compressed. */
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET = 60_000;
const folder = new URL("../../backend/page/assets/", import.meta.url);
const files = readdirSync(folder)
  .filter((name) => /\.(js|css)$/.test(name))
  .map((name) => ({ language: /^(en|fr|es|ca)-/.test(name), size: gzipSync(readFileSync(new URL(name, folder))).length }));
const shared = files.filter((file) => !file.language).reduce((sum, file) => sum + file.size, 0);
const size = shared + Math.max(...files.filter((file) => file.language).map((file) => file.size));

if (size > BUDGET) {
  console.error(`script and style are ${size} bytes compressed; the budget is ${BUDGET}`);
  process.exit(1);
}
