import { pathToFileURL } from "node:url";

/** Where the build lies: the page's own place, or the folder that is put there once all of it is made. */
export const page = process.env["PAGE_FOLDER"] ? pathToFileURL(`${process.env["PAGE_FOLDER"]}/`) : new URL("../../backend/page/", import.meta.url);
