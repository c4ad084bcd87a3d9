import type { Account, Catalogue, Change } from "../../api/operations.ts";
import { parseWholeNumber } from "../numbers.ts";

/** The values of the form as typed, in the order of its fields. */
export interface NewAccountValues {
  accountName: string;
  clientName: string;
  licence: string;
  datapoints: string;
  periodMonths: string;
  sector: string;
  country: string;
  rtcLines: string;
  mailDomain: string;
  comment: string;
}

export type FieldName = keyof NewAccountValues;

/** Why a field cannot be sent. */
export type FieldProblem = "required" | "number.invalid";

type Choices = Pick<Catalogue, "licences" | "sectors" | "countries" | "limits">;

/** The initial values for an organisation. */
export function emptyForm({ limits }: Choices, country: string): NewAccountValues {
  return {
    accountName: "",
    clientName: "",
    licence: "",
    datapoints: String(limits.minDatapoints),
    periodMonths: String(limits.defaultPeriodMonths),
    sector: "",
    country,
    rtcLines: "0",
    mailDomain: "",
    comment: "",
  };
}

/** Initial values copied from an account, without its name, which must be unique. */
export function copiedForm(account: Account, empty: NewAccountValues): NewAccountValues {
  return {
    ...empty,
    clientName: account.clientName,
    licence: account.licence.code,
    datapoints: String(account.datapoints),
    sector: account.sector.code,
    country: account.country.code,
    rtcLines: String(account.rtcLines),
    mailDomain: account.mailDomain ?? "",
  };
}

export function hasRtcLines(values: NewAccountValues, { countries }: Choices): boolean {
  return countries.find(({ code }) => code === values.country)?.hasRtcLines ?? false;
}

/** The fields that cannot be sent as they are, with the reason. */
export function fieldProblems(values: NewAccountValues, choices: Choices): Partial<Record<FieldName, FieldProblem>> {
  const problems: Partial<Record<FieldName, FieldProblem>> = {};
  for (const field of ["accountName", "clientName", "licence", "sector", "country"] as const) if (!values[field].trim()) problems[field] = "required";
  for (const field of ["datapoints", "periodMonths"] as const) if (parseWholeNumber(values[field]) === undefined) problems[field] = "number.invalid";
  if (hasRtcLines(values, choices) && parseWholeNumber(values.rtcLines) === undefined) problems.rtcLines = "number.invalid";
  return problems;
}

/** The change that the form asks for. Empty fields get defaults, so that the server can check the others. */
export function toChange(values: NewAccountValues, choices: Choices): Change {
  const { licences, sectors, countries, limits } = choices;
  return {
    newAccount: {
      accountName: values.accountName,
      clientName: values.clientName,
      licence: values.licence || licences[0]!.code,
      datapoints: parseWholeNumber(values.datapoints) ?? limits.minDatapoints,
      periodMonths: parseWholeNumber(values.periodMonths) ?? limits.defaultPeriodMonths,
      sector: values.sector || sectors[0]!.code,
      country: values.country || countries[0]!.code,
      rtcLines: hasRtcLines(values, choices) ? (parseWholeNumber(values.rtcLines) ?? 0) : 0,
      mailDomain: values.mailDomain || null,
      comment: values.comment,
    },
  };
}
