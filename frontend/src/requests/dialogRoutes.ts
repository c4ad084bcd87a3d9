import { ACCOUNT_REQUESTS, type AccountRequest } from "./types/index.ts";

const ACCOUNT_REQUEST = new RegExp(`^/management/accounts/([^/]+)/(${ACCOUNT_REQUESTS.map(({ path }) => path).join("|")})$`);
const REQUEST = /^\/management\/applications\/([^/]+)$/;

/** The account and the request that a dialog's address names. */
export function matchAccountRequest(path: string): { account: string; request: AccountRequest } | undefined {
  const [, account, name] = ACCOUNT_REQUEST.exec(path) ?? [];
  const request = ACCOUNT_REQUESTS.find((entry) => entry.path === name);
  return account && request ? { account, request } : undefined;
}

/** The request that a dialog's address names. */
export function matchRequest(path: string): string | undefined {
  return REQUEST.exec(path)?.[1];
}

/** Where several accounts are renewed at once; its query names them. */
export const RENEWALS_PATH = "/management/renew";

/** The screen that a dialog's address opens over for those who come by a link; undefined for addresses of screens. */
export function backgroundScreen(path: string): string | undefined {
  const match = matchAccountRequest(path);
  if (match) return `/management/accounts/${match.account}`;
  if (path === RENEWALS_PATH) return "/management/active";
  return matchRequest(path) && "/management/applications";
}
