/** Accounts with at most this many days left count as expiring soon. */
export const SOON_DAYS = 30;

/** The choices of the expiry filter, in days from today. */
export const EXPIRY_FILTERS_DAYS = [7, SOON_DAYS, 90] as const;

const MONTHS_AHEAD = 12;

/** The calendar date ``days`` after ``date``; without a date, after today in UTC. */
export function daysAfter(date: string | undefined, days: number): string {
  const day = dayOf(date);
  day.setUTCDate(day.getUTCDate() + days);
  return iso(day);
}

/** Twelve calendar months from that of ``date``, as in the query string: ``2026-12``. */
export function monthsFrom(date: string | undefined): string[] {
  const day = dayOf(date);
  return Array.from({ length: MONTHS_AHEAD }, (_, n) => iso(new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + n, 1))).slice(0, 7));
}

/** The dates of the query parameter ``expires``: so many days from today, or a month. Unknown values set no filter. */
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
