/** What the keyboard can reach within a part of the page, in its order. */
export function reachable(part: ParentNode): HTMLElement[] {
  return [...part.querySelectorAll<HTMLElement>("a[href], button, input, select, textarea")].filter((element) => !element.matches(":disabled"));
}
