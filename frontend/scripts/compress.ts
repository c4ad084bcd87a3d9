/** Writes the compressed forms of each file beside it, so that the server need not compress. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync, type BrotliOptions } from "node:zlib";
import { page } from "./page.ts";

const folder = new URL("assets/", page);

for (const name of readdirSync(folder)) {
  const content = readFileSync(new URL(name, folder));
  writeFileSync(new URL(`${name}.br`, folder), brotliCompressSync(content, textOf(content)));
  writeFileSync(new URL(`${name}.gz`, folder), gzipSync(content, { level: constants.Z_BEST_COMPRESSION }));
}

/** Brotli's settings for text of a known length. */
function textOf(content: Buffer): BrotliOptions {
  return { params: { [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } };
}
