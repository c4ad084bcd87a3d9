import { useRef, useState } from "preact/hooks";
import type { ChangeRequest } from "../api/operations.ts";

interface Snapshot {
  name: string;
  ids: readonly string[];
  requestsById: Map<string, ChangeRequest>;
}

interface StableRows {
  rows: readonly { request: ChangeRequest; isRemoved: boolean }[];
  /** How many have come since; they are shown when their reader asks for them. */
  newCount: number;
  show: () => void;
}

/**
 * A list whose rows stay where they are while somebody works on them: what was decided meanwhile keeps its place, and what
 * arrives waits to be shown. Another view, or ``show``, starts from the newest list.
 */
export function useStableRows(newest: readonly ChangeRequest[] | undefined, name: string): StableRows {
  const snapshot = useRef<Snapshot>({ name: "", ids: [], requestsById: new Map() });
  const [, rerender] = useState(0);
  const begin = () => {
    if (newest) snapshot.current = { name, ids: newest.map(({ id }) => id), requestsById: new Map() };
  };
  if (newest && (snapshot.current.name !== name || snapshot.current.ids.length === 0)) begin();
  const { ids, requestsById } = snapshot.current;
  newest?.forEach((request) => ids.includes(request.id) && requestsById.set(request.id, request));
  const present = new Set(newest?.map(({ id }) => id));
  return {
    rows: ids.flatMap((id) => {
      const request = requestsById.get(id);
      return request ? [{ request, isRemoved: newest !== undefined && !present.has(id) }] : [];
    }),
    newCount: snapshot.current.name === name ? (newest?.filter(({ id }) => !ids.includes(id)).length ?? 0) : 0,
    show: () => {
      begin();
      rerender((times) => times + 1);
    },
  };
}
