/** Drafts in ``sessionStorage``: they survive a reload and end with the tab. */
const DRAFT = "draft:";

export function readDraft<T>(name: string): T | undefined {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(DRAFT + name) ?? "null");
    return stored && typeof stored === "object" ? (stored as T) : undefined;
  } catch {
    return undefined;
  }
}

export function writeDraft(name: string, stored: object): void {
  try {
    sessionStorage.setItem(DRAFT + name, JSON.stringify(stored));
  } catch {
    // Storage is disabled or full. The form works without.
  }
}

export function removeDraft(name: string): void {
  try {
    sessionStorage.removeItem(DRAFT + name);
  } catch {
    // As above.
  }
}

/** Removes all drafts: the next viewer must not see them. */
export function forgetDrafts(): void {
  try {
    Object.keys(sessionStorage)
      .filter((key) => key.startsWith(DRAFT))
      .forEach((key) => sessionStorage.removeItem(key));
  } catch {
    // As above.
  }
}
