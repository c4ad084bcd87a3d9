/** What the keyboard can reach within a part of the page, in its order. */
export function focusable(part: ParentNode): HTMLElement[] {
  return [...part.querySelectorAll<HTMLElement>("a[href], button, input, select, textarea")].filter((element) => !element.matches(":disabled"));
}
