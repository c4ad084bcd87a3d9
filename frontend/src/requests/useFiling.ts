import { useClient, useQuery } from "@urql/preact";
import { useEffect, useState } from "preact/hooks";
import { codeOf } from "../api/client.ts";
import { FILE, PREVIEW, type Change, type Preview, type Request, type UserError } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { faultKey } from "../ui/states.tsx";
import { useKept } from "../ui/useKept.ts";

const PAUSE = 250;

/** What the server would make of a change, asked for when its user pauses; undefined while the form is incomplete. */
export function usePreview(change: Change | undefined): Preview | undefined {
  const wanted = JSON.stringify(change);
  const [settled, setSettled] = useState(wanted);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(wanted), PAUSE);
    return () => clearTimeout(timer);
  }, [wanted]);
  const [{ data }] = useQuery({
    query: PREVIEW,
    variables: { change: settled ? (JSON.parse(settled) as Change) : ({} as Change) },
    pause: !settled,
  });
  const kept = useKept(data)?.preview;
  return settled && change ? kept : undefined;
}

export interface Filing {
  sending: boolean;
  errors: readonly UserError[];
  /** What went wrong on the way, when it was not the user's. */
  fault: string;
  file: (change: Change) => Promise<Request | undefined>;
}

/** Sends a request; the client's keys keep a retry from filing it twice. */
export function useFiling(): Filing {
  const client = useClient();
  const { t } = useSpeech();
  const [sending, setSending] = useState(false);
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const [fault, setFault] = useState("");

  const file = async (change: Change) => {
    if (sending) return undefined;
    setSending(true);
    setFault("");
    setErrors([]);
    const { data, error } = await send(client, change);
    setSending(false);
    if (error) setFault(t(faultKey(codeOf(error))));
    setErrors(data?.filed.errors ?? []);
    return data?.filed.request ?? undefined;
  };
  return { sending, errors, fault, file };
}

function send(client: ReturnType<typeof useClient>, change: Change) {
  if ("newAccount" in change) return client.mutation(FILE.newAccount, { input: change.newAccount }).toPromise();
  if ("datapoints" in change) return client.mutation(FILE.datapoints, { input: change.datapoints }).toPromise();
  if ("licence" in change) return client.mutation(FILE.licence, { input: change.licence }).toPromise();
  return client.mutation(FILE.renewal, { input: change.renewal }).toPromise();
}
