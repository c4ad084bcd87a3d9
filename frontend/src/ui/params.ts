import { useLocation } from "preact-iso";

export type Params = Record<string, string | undefined>;

/** The query parameters, and a function that changes some of them. A change resets paging unless it is about paging. */
export function useParams(): [Params, (changes: Params, how?: "push" | "replace") => void] {
  const { query, route } = useLocation();
  const address = useHref();
  const change = (changes: Params, how: "push" | "replace" = "push") => {
    route(address(changes), how === "replace");
  };
  return [query, change];
}

/** A function that returns the URL with some query parameters changed. */
export function useHref(): (changes: Params) => string {
  const { path, query } = useLocation();
  return (changes) => {
    const paging = "after" in changes ? {} : { after: undefined, from: undefined };
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...query, ...paging, ...changes })) if (value) search.set(name, value);
    return search.size ? `${path}?${search}` : path;
  };
}

interface PagePosition {
  after: string | undefined;
  from: string | undefined;
}

/** Paging by cursor. The position is in the query string, the visited pages are in the history entry. */
export function usePaging(shown: number, endCursor: string | null | undefined) {
  const [params, change] = useParams();
  const visited = visitedPages();
  const go = (place: PagePosition, steps: PagePosition[]) => {
    change({ ...place });
    history.replaceState({ pages: steps }, "");
  };
  const from = Math.max(0, Number(params["from"] ?? 0) || 0);
  return {
    after: params["after"],
    before: params["after"] ? from : 0,
    next: () => endCursor && go({ after: endCursor, from: String(from + shown) }, [...visited, { after: params["after"], from: params["from"] }]),
    previous: () => go(visited.at(-1) ?? { after: undefined, from: undefined }, visited.slice(0, -1)),
  };
}

/** The pages visited before this one; none for a visit that starts here. */
function visitedPages(): PagePosition[] {
  const state = history.state as { pages?: PagePosition[] } | null;
  return state?.pages ?? [];
}
