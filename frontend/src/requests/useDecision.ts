import type { CombinedError } from "@urql/core";
import { useClient } from "@urql/preact";
import { useState } from "preact/hooks";
import { APPROVE, REJECT, WITHDRAW, type ChangeRequest, type UserError } from "../api/operations.ts";
import { useI18n, type MessageKey } from "../i18n/i18n.tsx";
import { useRetryCountdown } from "../ui/callErrors.tsx";
import { useToast } from "../ui/Toasts.tsx";

/** What may be done with a request, and what that needs. */
export type DecisionInput = { kind: "approve" } | { kind: "reject"; reason: string } | { kind: "withdraw" };

/** What came of it: the request as it is now, or what stands in the way. */
export interface DecisionResult {
  request?: ChangeRequest | undefined;
  errors: readonly UserError[];
  /** What went wrong on the way. */
  error?: CombinedError | undefined;
}

const DONE_MESSAGES: Record<DecisionInput["kind"], MessageKey> = { approve: "approved", reject: "rejected", withdraw: "withdrawn" };

/** Decides one request after the other; the client's keys keep a retry from deciding twice. */
export function useDecide(): (request: ChangeRequest, decision: DecisionInput) => Promise<DecisionResult> {
  const client = useClient();
  return async (request, decision) => {
    const { data, error } = await send(client, request, decision);
    return {
      request: data?.decided.request ?? undefined,
      errors: data?.decided.errors ?? [],
      error,
    };
  };
}

/** The same for a single request on a screen: what happened is said, and what stands in the way is kept to be shown. */
export function useDecision() {
  const decideOne = useDecide();
  const { t } = useI18n();
  const toast = useToast();
  const [deciding, setDeciding] = useState(false);
  const [{ errors, error }, setResult] = useState<DecisionResult>({ errors: [] });
  const retryInS = useRetryCountdown(error);

  const decide = async (request: ChangeRequest, decision: DecisionInput): Promise<boolean> => {
    if (deciding || retryInS > 0) return false;
    setDeciding(true);
    const result = await decideOne(request, decision);
    setDeciding(false);
    setResult(result);
    if (result.request) toast(t(DONE_MESSAGES[decision.kind]));
    return Boolean(result.request);
  };

  return {
    deciding,
    errors,
    callError: { error, retryInS },
    approve: (request: ChangeRequest) => decide(request, { kind: "approve" }),
    reject: (request: ChangeRequest, reason: string) => decide(request, { kind: "reject", reason }),
  };
}

function send(client: ReturnType<typeof useClient>, { id, preview }: ChangeRequest, decision: DecisionInput) {
  if (decision.kind === "approve") return client.mutation(APPROVE, { input: { id, previewVersion: preview.version } }).toPromise();
  if (decision.kind === "reject") return client.mutation(REJECT, { input: { id, reason: decision.reason } }).toPromise();
  return client.mutation(WITHDRAW, { input: { id } }).toPromise();
}
