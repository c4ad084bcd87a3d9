import type { ComponentType } from "preact";
import type { AccountFormProps } from "../AccountDialog.tsx";
import { DatapointsForm } from "./datapoints.tsx";
import type { AccountRequest } from "./index.ts";
import { LicenceForm } from "./licence.tsx";
import { RenewalForm } from "./renewal.tsx";

/** The form of each request about an account. Apart from ``index.ts``: forms belong to the script of dialogs, not to that of every screen. */
export const FORMS: Record<AccountRequest["path"], ComponentType<AccountFormProps>> = {
  datapoints: DatapointsForm,
  license: LicenceForm,
  renew: RenewalForm,
};
