/** Writes the page's trusted documents beside the page, where the server reads them. */
import { writeFileSync } from "node:fs";
import { trustedDocuments } from "../src/api/trusted.ts";

writeFileSync(new URL("../../backend/page/operations.json", import.meta.url), JSON.stringify(await trustedDocuments(), null, 1));
