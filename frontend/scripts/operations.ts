/** Writes the page's trusted documents for the server. */
import { writeFileSync } from "node:fs";
import { trustedDocuments } from "../src/api/trusted.ts";
import { page } from "./page.ts";

writeFileSync(new URL("operations.json", page), JSON.stringify(await trustedDocuments(), null, 1));
