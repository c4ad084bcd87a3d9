const OLD = 5_000;

setTimeout(() => globalThis.askedEarly?.clear(), OLD);

/** As ``fetch``, from what was asked early where that is still good: seconds old, and nothing was changed since. */
export function fetchEarly(address: string, options: RequestInit): Promise<Response> {
  if (options.method === "POST") globalThis.askedEarly?.clear();
  const early = globalThis.askedEarly?.get(address);
  globalThis.askedEarly?.delete(address);
  return early ?? fetch(address, options);
}
