import { pathToFileURL } from "node:url";

/** The folder of the build: ``backend/page``, or a scratch folder that replaces it once the build is complete. */
export const page = process.env["PAGE_FOLDER"] ? pathToFileURL(`${process.env["PAGE_FOLDER"]}/`) : new URL("../../backend/page/", import.meta.url);
