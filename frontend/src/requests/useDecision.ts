import type { CombinedError } from "@urql/core";
import { useClient } from "@urql/preact";
import { useState } from "preact/hooks";
import { APPROVE, REJECT, WITHDRAW, type Request, type UserError } from "../api/operations.ts";
import { useSpeech, type Key } from "../i18n/i18n.tsx";
import { useWait } from "../ui/fault.tsx";
import { useToast } from "../ui/Toasts.tsx";

/** What may be done with a request, and what that needs. */
export type Verdict = { kind: "approve" } | { kind: "reject"; reason: string } | { kind: "withdraw" };

/** What came of it: the request as it is now, or what stands in the way. */
export interface Outcome {
  request?: Request | undefined;
  errors: readonly UserError[];
  /** What went wrong on the way. */
  error?: CombinedError | undefined;
}

const DONE: Record<Verdict["kind"], Key> = { approve: "approved", reject: "rejected", withdraw: "withdrawn" };

/** Decides one request after the other; the client's keys keep a retry from deciding twice. */
export function useDeciding(): (request: Request, verdict: Verdict) => Promise<Outcome> {
  const client = useClient();
  return async (request, verdict) => {
    const { data, error } = await send(client, request, verdict);
    return {
      request: data?.decided.request ?? undefined,
      errors: data?.decided.errors ?? [],
      error,
    };
  };
}

/** The same for a single request on a screen: what happened is said, and what stands in the way is kept to be shown. */
export function useDecision() {
  const decideOne = useDeciding();
  const { t } = useSpeech();
  const toast = useToast();
  const [deciding, setDeciding] = useState(false);
  const [{ errors, error }, setOutcome] = useState<Outcome>({ errors: [] });
  const left = useWait(error);

  const decide = async (request: Request, verdict: Verdict): Promise<boolean> => {
    if (deciding || left > 0) return false;
    setDeciding(true);
    const outcome = await decideOne(request, verdict);
    setDeciding(false);
    setOutcome(outcome);
    if (outcome.request) toast(t(DONE[verdict.kind]));
    return Boolean(outcome.request);
  };

  return {
    deciding,
    errors,
    fault: { error, left },
    approve: (request: Request) => decide(request, { kind: "approve" }),
    reject: (request: Request, reason: string) => decide(request, { kind: "reject", reason }),
  };
}

function send(client: ReturnType<typeof useClient>, { id, preview }: Request, verdict: Verdict) {
  if (verdict.kind === "approve") return client.mutation(APPROVE, { input: { id, previewVersion: preview.version } }).toPromise();
  if (verdict.kind === "reject") return client.mutation(REJECT, { input: { id, reason: verdict.reason } }).toPromise();
  return client.mutation(WITHDRAW, { input: { id } }).toPromise();
}
