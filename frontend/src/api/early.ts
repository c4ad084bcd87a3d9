const OLD = 5_000;

const asked = new Map<string | null, Promise<Response>>();

/** Takes over what the page's head asks for, which was on its way before any script was there. */
export function takeOver(links: Iterable<HTMLLinkElement>): void {
  for (const link of links) {
    const answer = fetch(link.href);
    // Who takes it is told of its fault.
    answer.catch(() => {});
    asked.set(link.getAttribute("href"), answer);
  }
  setTimeout(() => asked.clear(), OLD);
}

/** As ``fetch``, from what was asked early where that is still good: seconds old, and nothing was changed since. */
export function fetchEarly(address: string, options: RequestInit): Promise<Response> {
  if (options.method === "POST") asked.clear();
  const early = asked.get(address);
  asked.delete(address);
  return early ?? fetch(address, options);
}
