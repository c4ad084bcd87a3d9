import type { TypedDocumentNode } from "@urql/core";
import { useClient } from "@urql/preact";
import { useState } from "preact/hooks";
import type { ResultOf } from "../api/graphql.ts";
import { FILE, type Change, type ChangeRequest, type UserError } from "../api/operations.ts";
import { useCallError, type CallError } from "../ui/callErrors.tsx";

interface Filing {
  sending: boolean;
  errors: readonly UserError[];
  /** The failure of the last call, such as a network error. */
  callError: CallError;
  /** Files the change. ``previewVersion`` is the version of the preview that was shown. */
  file: (change: Change, previewVersion?: string) => Promise<ChangeRequest | undefined>;
}

/** Files a request. The client's idempotency keys keep a retry from filing it twice. */
export function useFiling(): Filing {
  const client = useClient();
  const [sending, setSending] = useState(false);
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const callError = useCallError();

  const file = async (change: Change, previewVersion?: string) => {
    if (sending || callError.retryInS > 0) return undefined;
    setSending(true);
    callError.set(undefined);
    setErrors([]);
    const { data, error } = await fileRequest(client, change, previewVersion ?? null);
    setSending(false);
    callError.set(error);
    setErrors(data?.filed.errors ?? []);
    return data?.filed.request ?? undefined;
  };
  return { sending, errors, callError, file };
}

/** Sends a change of any type. ``previewVersion`` is sent for changes of an existing account. */
export function fileRequest(client: ReturnType<typeof useClient>, change: Change, previewVersion: string | null) {
  const [name, fields] = Object.entries(change)[0]!;
  const document = FILE[name as keyof typeof FILE] as TypedDocumentNode<ResultOf<(typeof FILE)[keyof typeof FILE]>, { input: object }>;
  return client.mutation(document, { input: "accountId" in fields ? { ...fields, previewVersion } : fields }).toPromise();
}
