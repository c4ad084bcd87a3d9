import type { AllowedAction, FieldChange, RequestType } from "../../api/operations.ts";
import type { MessageKey } from "../../i18n/i18n.tsx";

/** How requests of a type are shown. */
export interface RequestTypeInfo {
  /** The one difference that lists show; all of them where there is none. */
  summary?: FieldChange["field"];
  /** Whether it opens an account, which has no values before it. */
  opensAccount?: true;
}

/** A type that can be filed here. */
interface FilableType extends RequestTypeInfo {
  /** Its object in the API, by which the cache holds its requests. */
  typename: string;
  /** The mutation that files it. */
  mutation: string;
  /** Its entry in the menu of an account, and the last part of its dialog's address; none where it opens an account. */
  menu?: { path: string; label: MessageKey; action: AllowedAction["action"] };
}

/** Every type that can be filed here, in the order of tabs and menus. Its words are ``type.`` and its name. */
export const REQUEST_TYPES = {
  NEW_ACCOUNT: { typename: "NewAccountRequest", mutation: "requestNewAccount", summary: "DATAPOINTS", opensAccount: true },
  DATAPOINTS: {
    typename: "DatapointsRequest",
    mutation: "requestDatapointsChange",
    summary: "DATAPOINTS",
    menu: { path: "datapoints", label: "menu.datapoints", action: "REQUEST_DATAPOINTS" },
  },
  LICENCE: {
    typename: "LicenceRequest",
    mutation: "requestLicenceChange",
    summary: "LICENCE",
    menu: { path: "license", label: "menu.license", action: "REQUEST_LICENCE" },
  },
  RENEWAL: {
    typename: "RenewalRequest",
    mutation: "requestRenewal",
    summary: "EXPIRES_ON",
    menu: { path: "renew", label: "menu.renew", action: "REQUEST_RENEWAL" },
  },
} as const satisfies Record<Exclude<RequestType, "OTHER">, FilableType>;

type Entry = (typeof REQUEST_TYPES)[keyof typeof REQUEST_TYPES];

/** A request about an account that exists. */
export type AccountRequest = Extract<Entry, { menu: object }>["menu"];

export const REQUEST_TYPE_NAMES = Object.keys(REQUEST_TYPES) as (keyof typeof REQUEST_TYPES)[];

const ENTRIES: readonly Entry[] = Object.values(REQUEST_TYPES);

/** The mutations that file a request. */
export const FILING_MUTATIONS: readonly string[] = ENTRIES.map(({ mutation }) => mutation);

/** The objects of the API that can be filed, and withdrawn, here. */
export const REQUEST_TYPENAMES: readonly string[] = ENTRIES.map(({ typename }) => typename);

/** What can be requested about an account, in the order of its menu. */
export const ACCOUNT_REQUESTS: readonly AccountRequest[] = ENTRIES.flatMap((entry) => ("menu" in entry ? entry.menu : []));

/** How a type is shown, by its name. One that only a newer version knows shows all its differences. */
export function requestTypeInfo(name: string): RequestTypeInfo {
  return (REQUEST_TYPES as Record<string, RequestTypeInfo>)[name] ?? {};
}
