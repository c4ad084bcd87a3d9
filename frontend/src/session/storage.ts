/** ``localStorage``, which may be disabled: then nothing is stored. */
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
      // Storage is disabled.
    }
  },
};
