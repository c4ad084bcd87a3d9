/**
 * What the first screen will ask for is asked while the page's script is still on its way. This script shares nothing with
 * the page's, so that it runs before it is there.
 */
import addresses from "virtual:early-addresses";

globalThis.askedEarly = new Map(
  (addresses[location.pathname + location.search] ?? []).map((address) => {
    const answer = fetch(address, { headers: { accept: "application/graphql-response+json" } });
    // Who takes it is told of its fault.
    answer.catch(() => {});
    return [address, answer];
  }),
);
