/** What was typed or sent and is not done with, kept for this tab through a reload. */
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
    // A browser that keeps nothing still sends forms.
  }
}

export function removeDraft(name: string): void {
  try {
    sessionStorage.removeItem(DRAFT + name);
  } catch {
    // As above.
  }
}

/** Whoever signs in next must find nothing of what was typed before. */
export function forgetDrafts(): void {
  try {
    Object.keys(sessionStorage)
      .filter((key) => key.startsWith(DRAFT))
      .forEach((key) => sessionStorage.removeItem(key));
  } catch {
    // As above.
  }
}
