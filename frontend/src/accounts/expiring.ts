/** Accounts that expire within this many days are pointed out. */
export const SOON_DAYS = 30;

/** What the list can be narrowed to, in days from today. */
export const EXPIRY_FILTERS_DAYS = [7, SOON_DAYS, 90] as const;

const MONTHS_AHEAD = 12;

/** The calendar date so many days after a date; after today in UTC when there is none. */
export function daysAfter(date: string | undefined, days: number): string {
  const day = dayOf(date);
  day.setUTCDate(day.getUTCDate() + days);
  return iso(day);
}

/** Twelve calendar months from that of a date, as addresses name them: ``2026-12``. */
export function monthsFrom(date: string | undefined): string[] {
  const day = dayOf(date);
  return Array.from({ length: MONTHS_AHEAD }, (_, n) => iso(new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + n, 1))).slice(0, 7));
}

/** The days that an address's ``expires`` means: so many from today, or a month; none for any other text. */
export function expiryDays(text: string | undefined, today: string | undefined): { expiresFrom: string | null; expiresTo: string | null } {
  const within = EXPIRY_FILTERS_DAYS.find((days) => text === `${days}d`);
  if (within) return { expiresFrom: null, expiresTo: daysAfter(today, within) };
  const month = /^(2\d{3})-(0[1-9]|1[0-2])$/.exec(text ?? "");
  if (!month) return { expiresFrom: null, expiresTo: null };
  return { expiresFrom: `${text}-01`, expiresTo: iso(new Date(Date.UTC(Number(month[1]), Number(month[2]), 0))) };
}

function dayOf(date: string | undefined): Date {
  return new Date(date ?? iso(new Date()));
}

function iso(day: Date): string {
  return day.toISOString().slice(0, 10);
}
