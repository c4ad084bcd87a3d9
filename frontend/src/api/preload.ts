const MAX_AGE_MS = 5_000;

const preloads = new Map<string | null, Promise<Response>>();

/** Takes over what the page's head asks for, which was on its way before any script was there. */
export function adoptPreloads(links: Iterable<HTMLLinkElement>): void {
  for (const link of links) {
    const answer = fetch(link.href);
    // Who takes it is told of its fault.
    answer.catch(() => {});
    preloads.set(link.getAttribute("href"), answer);
  }
  setTimeout(() => preloads.clear(), MAX_AGE_MS);
}

/** As ``fetch``, from what was asked early where that is still good: seconds old, and nothing was changed since. */
export function fetchPreloaded(address: string, options: RequestInit): Promise<Response> {
  if (options.method === "POST") preloads.clear();
  const preloaded = preloads.get(address);
  preloads.delete(address);
  return preloaded ?? fetch(address, options);
}
