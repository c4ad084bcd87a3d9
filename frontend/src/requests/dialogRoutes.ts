import { ACCOUNT_REQUESTS, type AccountRequest } from "./types/index.ts";

const ACCOUNT_REQUEST = new RegExp(`^/management/accounts/([^/]+)/(${ACCOUNT_REQUESTS.map(({ path }) => path).join("|")})$`);
const REQUEST = /^\/management\/applications\/([^/]+)$/;

/** The account and the request of a dialog's path. */
export function matchAccountRequest(path: string): { account: string; request: AccountRequest } | undefined {
  const [, account, name] = ACCOUNT_REQUEST.exec(path) ?? [];
  const request = ACCOUNT_REQUESTS.find((entry) => entry.path === name);
  return account && request ? { account, request } : undefined;
}

/** The id of the request of a dialog's path. */
export function matchRequest(path: string): string | undefined {
  return REQUEST.exec(path)?.[1];
}

/** The dialog that renews several accounts; the query parameter ``accounts`` has their ids. */
export const RENEWALS_PATH = "/management/renew";

/** The screen behind the dialog of a path, for visits that start there; undefined where the path is no dialog's. */
export function backgroundScreen(path: string): string | undefined {
  const match = matchAccountRequest(path);
  if (match) return `/management/accounts/${match.account}`;
  if (path === RENEWALS_PATH) return "/management/active";
  return matchRequest(path) && "/management/applications";
}
