import { useQuery } from "@urql/preact";
import { useEffect, useState } from "preact/hooks";
import { PREVIEW, type Change, type Preview } from "../api/operations.ts";
import { useLastDefined } from "../ui/useLastDefined.ts";

const DEBOUNCE_MS = 250;

export interface PreviewState {
  /** The newest answer, also while the next one is awaited; undefined while the form is incomplete. */
  preview: Preview | undefined;
  /** Whether it answers what the form says now, as far as anybody knows. */
  current: boolean;
  /** Ask again for the same change: its account is another one by now. */
  reload: () => void;
}

/** What the server would make of a change, asked for when its user pauses. The comment plays no part in it. */
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
  // For a moment the answer at hand is still that to the question before.
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
