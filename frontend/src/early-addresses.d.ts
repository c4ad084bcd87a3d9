declare module "virtual:early-addresses" {
  /** What the page asks at once at some of its addresses. */
  const addresses: Record<string, string[] | undefined>;
  export default addresses;
}

/** What was asked before the page's script was there, by address. */
declare var askedEarly: Map<string, Promise<Response>> | undefined;
