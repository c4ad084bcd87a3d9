import { useLocation } from "preact-iso";

export type Params = Record<string, string | undefined>;

/** The address's parameters, and a way to change some of them; paging starts anew unless the change is about it. */
export function useParams(): [Params, (changes: Params, how?: "push" | "replace") => void] {
  const { path, query, route } = useLocation();
  const change = (changes: Params, how: "push" | "replace" = "push") => {
    const paging = "after" in changes || "action" in changes ? {} : { after: undefined, from: undefined };
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...query, ...paging, ...changes })) if (value) search.set(name, value);
    route(search.size ? `${path}?${search}` : path, how === "replace");
  };
  return [query, change];
}

const before = new Map<string, Params>();

/** Ways from one page of a list to its neighbours; the address holds the place, so it can be shared. */
export function usePaging(shown: number, endCursor: string | null | undefined) {
  const [params, change] = useParams();
  const from = Math.max(0, Number(params["from"] ?? 0) || 0);
  return {
    after: params["after"],
    before: from,
    next: () => {
      if (!endCursor) return;
      before.set(endCursor, { after: params["after"], from: params["from"] });
      change({ after: endCursor, from: String(from + shown) });
    },
    previous: () => change(before.get(params["after"] ?? "") ?? { after: undefined, from: undefined }),
  };
}
