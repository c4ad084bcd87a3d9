import type { ComponentType } from "preact";
import type { AccountFormProps } from "../AccountDialog.tsx";
import { DatapointsForm } from "./datapoints.tsx";
import type { AccountRequest } from "./index.ts";
import { LicenceForm } from "./licence.tsx";
import { RenewalForm } from "./renewal.tsx";

/** The form of each request about an account. Separate from ``index.ts``, so that only the script of the dialogs contains the forms. */
export const FORMS: Record<AccountRequest["path"], ComponentType<AccountFormProps>> = {
  datapoints: DatapointsForm,
  license: LicenceForm,
  renew: RenewalForm,
};
