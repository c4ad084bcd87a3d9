import type { CombinedError } from "@urql/core";
import { useClient } from "@urql/preact";
import { useState } from "preact/hooks";
import { APPROVE, REJECT, WITHDRAW, type ChangeRequest, type UserError } from "../api/operations.ts";
import { useI18n, type MessageKey } from "../i18n/i18n.tsx";
import { useRetryCountdown } from "../ui/callErrors.tsx";
import { useToast } from "../ui/Toasts.tsx";

/** A decision on a request, with its input. */
export type DecisionInput = { kind: "approve" } | { kind: "reject"; reason: string } | { kind: "withdraw" };

/** The decided request, or why it could not be decided. */
export interface DecisionResult {
  request?: ChangeRequest | undefined;
  errors: readonly UserError[];
  /** The failure of the call. */
  error?: CombinedError | undefined;
}

const DONE_MESSAGES: Record<DecisionInput["kind"], MessageKey> = { approve: "approved", reject: "rejected", withdraw: "withdrawn" };

/** Decides a request. The client's idempotency keys keep a retry from deciding twice. */
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

/** Decides the request of a screen: success shows a toast, errors are kept in the state. */
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
