import type { Account, Catalogue, Change } from "../../api/operations.ts";
import { parseWholeNumber } from "../numbers.ts";

/** What the form for a new account holds, as it was typed; in the form's order. */
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

/** Why a field keeps the form from being sent. */
export type FieldProblem = "required" | "number.invalid";

type Choices = Pick<Catalogue, "licences" | "sectors" | "countries" | "limits">;

/** An empty form of an organisation. */
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

/** A form for another account like one that there is; its name is the one thing that cannot be the same. */
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

/** The fields that cannot be sent as they are, and why. */
export function fieldProblems(values: NewAccountValues, choices: Choices): Partial<Record<FieldName, FieldProblem>> {
  const problems: Partial<Record<FieldName, FieldProblem>> = {};
  for (const field of ["accountName", "clientName", "licence", "sector", "country"] as const) if (!values[field].trim()) problems[field] = "required";
  for (const field of ["datapoints", "periodMonths"] as const) if (parseWholeNumber(values[field]) === undefined) problems[field] = "number.invalid";
  if (hasRtcLines(values, choices) && parseWholeNumber(values.rtcLines) === undefined) problems.rtcLines = "number.invalid";
  return problems;
}

/**
 * The change that the form asks for. What is not filled in yet has something usual in its stead, so that the server can
 * judge all that is.
 */
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
