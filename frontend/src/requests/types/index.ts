import type { AllowedAction, FieldChange, RequestType } from "../../api/operations.ts";
import type { MessageKey } from "../../i18n/i18n.tsx";

/** How the requests of a type are shown. */
export interface RequestTypeInfo {
  /** The changed field that lists show; without it they show all changes. */
  summary?: FieldChange["field"];
  /** Whether it opens an account: there are no values before the change. */
  opensAccount?: true;
}

/** A type that this page can file. */
interface FilableType extends RequestTypeInfo {
  /** Its object type in the API, which the cache uses as a key. */
  typename: string;
  /** The mutation that files it. */
  mutation: string;
  /** Its entry in the action menu of an account and the path of its dialog; absent for types that open an account. */
  menu?: { path: string; label: MessageKey; action: AllowedAction["action"] };
}

/** The registry of request types, in the order of tabs and menus. The name of a type is the message ``type.`` and its key. */
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

/** The object types of the API that this page can file and withdraw. */
export const REQUEST_TYPENAMES: readonly string[] = ENTRIES.map(({ typename }) => typename);

/** The requests about an account, in the order of its menu. */
export const ACCOUNT_REQUESTS: readonly AccountRequest[] = ENTRIES.flatMap((entry) => ("menu" in entry ? entry.menu : []));

/** The entry of a type by its name; an empty one for types that only a newer version knows. */
export function requestTypeInfo(name: string): RequestTypeInfo {
  return (REQUEST_TYPES as Record<string, RequestTypeInfo>)[name] ?? {};
}
