/** Parses a whole number as typed or pasted: with any minus sign, spaces and a plus sign. Undefined for anything else, and beyond nine digits. */
export function parseWholeNumber(text: string): number | undefined {
  const plain = text.replace(/[\s\u00a0\u202f]/g, "").replace(/^[\u2212\u2010-\u2015\ufe63\uff0d]/, "-");
  return /^[+-]?\d{1,9}$/.test(plain) ? Number(plain) : undefined;
}
