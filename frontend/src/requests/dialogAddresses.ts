import { REQUEST_ACTIONS, type RequestAction } from "../accounts/AccountMenu.tsx";

const ACCOUNT_REQUEST = new RegExp(`^/management/accounts/([^/]+)/(${REQUEST_ACTIONS.map(({ action }) => action).join("|")})$`);
const REQUEST = /^\/management\/applications\/([^/]+)$/;

/** The account and the request that a dialog's address names. */
export function accountRequestAt(path: string): { account: string; action: RequestAction } | undefined {
  const [, account, action] = ACCOUNT_REQUEST.exec(path) ?? [];
  return account && action ? { account, action: action as RequestAction } : undefined;
}

/** The request that a dialog's address names. */
export function requestAt(path: string): string | undefined {
  return REQUEST.exec(path)?.[1];
}

/** Where several accounts are renewed at once; its query names them. */
export const RENEWALS = "/management/renew";

/** The screen that a dialog's address opens over for those who come by a link; undefined for addresses of screens. */
export function screenBeneath(path: string): string | undefined {
  const asked = accountRequestAt(path);
  if (asked) return `/management/accounts/${asked.account}`;
  if (path === RENEWALS) return "/management/active";
  return requestAt(path) && "/management/applications";
}
