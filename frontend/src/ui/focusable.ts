/** The focusable elements within ``part``, in tab order. */
export function focusable(part: ParentNode): HTMLElement[] {
  return [...part.querySelectorAll<HTMLElement>("a[href], button, input, select, textarea")].filter((element) => !element.matches(":disabled"));
}
