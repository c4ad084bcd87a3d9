/** Lays each file's compressed forms beside it, for the server to send as they are. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const folder = new URL("../../backend/page/assets/", import.meta.url);

for (const name of readdirSync(folder)) {
  const content = readFileSync(new URL(name, folder));
  writeFileSync(new URL(`${name}.br`, folder), brotliCompressSync(content));
  writeFileSync(new URL(`${name}.gz`, folder), gzipSync(content, { level: constants.Z_BEST_COMPRESSION }));
}
