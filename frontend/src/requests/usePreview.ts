import { useQuery } from "@urql/preact";
import { useEffect, useState } from "preact/hooks";
import { PREVIEW, type Change, type Preview } from "../api/operations.ts";
import { useLastDefined } from "../ui/useLastDefined.ts";

const DEBOUNCE_MS = 250;

export interface PreviewState {
  /** The latest answer, also while the next one loads; undefined while the form is incomplete. */
  preview: Preview | undefined;
  /** Whether the preview belongs to the present values of the form. */
  current: boolean;
  /** Refetches the preview, after its account has changed. */
  reload: () => void;
}

/** The server's preview of a change, debounced. The comment does not affect it. */
export function usePreview(change: Change | undefined): PreviewState {
  const wanted = JSON.stringify(change && withoutComment(change));
  const [settled, setSettled] = useState(wanted);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(wanted), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  const [{ data, fetching, stale, operation }, refetch] = useQuery({
    query: PREVIEW,
    variables: { change: settled ? (JSON.parse(settled) as Change) : ({} as Change) },
    pause: !settled,
  });
  const latest = useLastDefined(data)?.preview;
  // For one render after new variables, ``data`` still belongs to the previous ones.
  const isAnswered = Boolean(data) && JSON.stringify(operation?.variables?.change) === settled;
  return {
    preview: settled && change ? latest : undefined,
    current: isAnswered && !fetching && !stale && settled === wanted,
    reload: () => refetch({ requestPolicy: "network-only" }),
  };
}

function withoutComment(change: Change): Change {
  return Object.fromEntries(Object.entries(change).map(([kind, fields]) => [kind, { ...fields, comment: "" }])) as Change;
}
