/** What a browser remembers between visits; without storage it remembers nothing. */
export const storage = {
  read(name: string): string | null {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  },
  write(name: string, value: string): void {
    try {
      localStorage.setItem(name, value);
    } catch {
      // A browser may keep its storage to itself.
    }
  },
};
