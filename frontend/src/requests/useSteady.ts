import { useRef, useState } from "preact/hooks";
import type { Request } from "../api/operations.ts";

interface View {
  name: string;
  ids: readonly string[];
  known: Map<string, Request>;
}

interface Steady {
  rows: readonly { request: Request; isGone: boolean }[];
  /** How many have come since; they are shown when their reader asks for them. */
  arrivals: number;
  show: () => void;
}

/**
 * A list whose rows stay where they are while somebody works on them: what was decided meanwhile keeps its place, and what
 * arrives waits to be shown. Another view, or ``show``, starts from the newest list.
 */
export function useSteady(newest: readonly Request[] | undefined, name: string): Steady {
  const view = useRef<View>({ name: "", ids: [], known: new Map() });
  const [, again] = useState(0);
  const begin = () => {
    if (newest) view.current = { name, ids: newest.map(({ id }) => id), known: new Map() };
  };
  if (newest && (view.current.name !== name || view.current.ids.length === 0)) begin();
  const { ids, known } = view.current;
  newest?.forEach((request) => ids.includes(request.id) && known.set(request.id, request));
  const present = new Set(newest?.map(({ id }) => id));
  return {
    rows: ids.flatMap((id) => {
      const request = known.get(id);
      return request ? [{ request, isGone: newest !== undefined && !present.has(id) }] : [];
    }),
    arrivals: view.current.name === name ? (newest?.filter(({ id }) => !ids.includes(id)).length ?? 0) : 0,
    show: () => {
      begin();
      again((times) => times + 1);
    },
  };
}
