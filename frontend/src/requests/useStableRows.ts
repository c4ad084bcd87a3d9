import { useRef, useState } from "preact/hooks";
import type { ChangeRequest } from "../api/operations.ts";

interface Snapshot {
  name: string;
  ids: readonly string[];
  requestsById: Map<string, ChangeRequest>;
}

interface StableRows {
  rows: readonly { request: ChangeRequest; isRemoved: boolean }[];
  /** The number of new requests that are not shown yet. */
  newCount: number;
  show: () => void;
}

/**
 * A list whose rows keep their places while somebody works on them: decided requests stay, and new ones are counted but not
 * shown. Another ``name``, or ``show``, starts from the newest list.
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
