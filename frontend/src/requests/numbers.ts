/** Whole numbers as people type and paste them: with any minus sign, spaces and a plus. */
export function parseWholeNumber(text: string): number | undefined {
  const plain = text.replace(/[\s\u00a0\u202f]/g, "").replace(/^[\u2212\u2010-\u2015\ufe63\uff0d]/, "-");
  return /^[+-]?\d{1,9}$/.test(plain) ? Number(plain) : undefined;
}
