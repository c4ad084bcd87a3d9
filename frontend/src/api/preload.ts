const MAX_AGE_MS = 5_000;

const preloads = new Map<string | null, Promise<Response>>();

/** Adopts the requests of the page's ``link rel=preload`` tags, which the browser started before any script ran. */
export function adoptPreloads(links: Iterable<HTMLLinkElement>): void {
  for (const link of links) {
    const answer = fetch(link.href);
    // Whoever uses the response handles its error.
    answer.catch(() => {});
    preloads.set(link.getAttribute("href"), answer);
  }
  setTimeout(() => preloads.clear(), MAX_AGE_MS);
}

/** As ``fetch``, but answers from a preload that is at most MAX_AGE_MS old. Any POST discards the preloads. */
export function fetchPreloaded(address: string, options: RequestInit): Promise<Response> {
  if (options.method === "POST") preloads.clear();
  const preloaded = preloads.get(address);
  preloads.delete(address);
  return preloaded ?? fetch(address, options);
}
