import type { TypedDocumentNode } from "@urql/core";
import { useClient } from "@urql/preact";
import { useState } from "preact/hooks";
import type { ResultOf } from "../api/graphql.ts";
import { FILE, type Change, type ChangeRequest, type UserError } from "../api/operations.ts";
import { useCallError, type CallError } from "../ui/callErrors.tsx";

interface Filing {
  sending: boolean;
  errors: readonly UserError[];
  /** What went wrong on the way, when it was not the user's. */
  fault: CallError;
  /** Sends the change; ``seen`` is the version of the preview that was shown. */
  file: (change: Change, seen?: string) => Promise<ChangeRequest | undefined>;
}

/** Sends a request; the client's keys keep a retry from filing it twice. */
export function useFiling(): Filing {
  const client = useClient();
  const [sending, setSending] = useState(false);
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const fault = useCallError();

  const file = async (change: Change, seen?: string) => {
    if (sending || fault.left > 0) return undefined;
    setSending(true);
    fault.set(undefined);
    setErrors([]);
    const { data, error } = await send(client, change, seen ?? null);
    setSending(false);
    fault.set(error);
    setErrors(data?.filed.errors ?? []);
    return data?.filed.request ?? undefined;
  };
  return { sending, errors, fault, file };
}

/** Sends a change of any type; ``previewVersion`` is of the preview that was shown, where the change is one of an account. */
export function send(client: ReturnType<typeof useClient>, change: Change, previewVersion: string | null) {
  const [name, fields] = Object.entries(change)[0]!;
  const document = FILE[name as keyof typeof FILE] as TypedDocumentNode<ResultOf<(typeof FILE)[keyof typeof FILE]>, { input: object }>;
  return client.mutation(document, { input: "accountId" in fields ? { ...fields, previewVersion } : fields }).toPromise();
}
