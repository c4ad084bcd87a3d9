import type { RequestsVariables } from "../api/operations.ts";

export const DECIDED_STATES: RequestsVariables["states"] = ["APPROVED", "REJECTED", "WITHDRAWN"];

/** How far back the lists of what was decided go; an account's own timeline goes back for ever. */
export const DECIDED_WITHIN_DAYS = 90;
