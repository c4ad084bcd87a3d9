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

export function hasRtcLines(typed: NewAccountValues, { countries }: Choices): boolean {
  return countries.find(({ code }) => code === typed.country)?.hasRtcLines ?? false;
}

/** The fields that cannot be sent as they are, and why. */
export function fieldProblems(typed: NewAccountValues, choices: Choices): Partial<Record<FieldName, FieldProblem>> {
  const gaps: Partial<Record<FieldName, FieldProblem>> = {};
  for (const field of ["accountName", "clientName", "licence", "sector", "country"] as const) if (!typed[field].trim()) gaps[field] = "required";
  for (const field of ["datapoints", "periodMonths"] as const) if (parseWholeNumber(typed[field]) === undefined) gaps[field] = "number.invalid";
  if (hasRtcLines(typed, choices) && parseWholeNumber(typed.rtcLines) === undefined) gaps.rtcLines = "number.invalid";
  return gaps;
}

/**
 * The change that the form asks for. What is not filled in yet has something usual in its stead, so that the server can
 * judge all that is.
 */
export function toChange(typed: NewAccountValues, choices: Choices): Change {
  const { licences, sectors, countries, limits } = choices;
  return {
    newAccount: {
      accountName: typed.accountName,
      clientName: typed.clientName,
      licence: typed.licence || licences[0]!.code,
      datapoints: parseWholeNumber(typed.datapoints) ?? limits.minDatapoints,
      periodMonths: parseWholeNumber(typed.periodMonths) ?? limits.defaultPeriodMonths,
      sector: typed.sector || sectors[0]!.code,
      country: typed.country || countries[0]!.code,
      rtcLines: hasRtcLines(typed, choices) ? (parseWholeNumber(typed.rtcLines) ?? 0) : 0,
      mailDomain: typed.mailDomain || null,
      comment: typed.comment,
    },
  };
}
