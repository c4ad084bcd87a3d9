/** Accounts that expire within this many days are pointed out. */
export const SOON = 30;

/** What the list can be narrowed to, in days from today. */
export const EXPIRES_WITHIN = [7, SOON, 90] as const;

/** The calendar date so many days after a date; after today in UTC when there is none. */
export function daysAfter(date: string | undefined, days: number): string {
  const day = new Date(date ?? new Date().toISOString().slice(0, 10));
  day.setUTCDate(day.getUTCDate() + days);
  return day.toISOString().slice(0, 10);
}

/** The days of an address's ``expires=30d``; undefined for any other text. */
export function expiresWithin(text: string | undefined): (typeof EXPIRES_WITHIN)[number] | undefined {
  return EXPIRES_WITHIN.find((days) => text === `${days}d`);
}
