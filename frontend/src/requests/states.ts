import type { RequestsVariables } from "../api/operations.ts";

export const DECIDED_STATES: RequestsVariables["states"] = ["APPROVED", "REJECTED", "WITHDRAWN"];

/** How far back lists of decided requests go. The timeline of an account is not limited. */
export const DECIDED_WITHIN_DAYS = 90;
