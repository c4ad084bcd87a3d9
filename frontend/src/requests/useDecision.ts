import { useClient } from "@urql/preact";
import { useState } from "preact/hooks";
import { codeOf } from "../api/client.ts";
import { APPROVE, REJECT, WITHDRAW, type Request, type UserError } from "../api/operations.ts";
import { useSpeech, type Key } from "../i18n/i18n.tsx";
import { faultKey } from "../ui/states.tsx";
import { useToast } from "../ui/Toasts.tsx";

interface Answer {
  data?: { decided: { request: Request | null; errors: readonly UserError[] } } | undefined;
  error?: Parameters<typeof codeOf>[0];
}

/** Approves, rejects or withdraws; the client's keys keep a retry from deciding twice. */
export function useDecision() {
  const client = useClient();
  const { t } = useSpeech();
  const toast = useToast();
  const [deciding, setDeciding] = useState(false);
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const [fault, setFault] = useState("");

  const decide = async (answer: () => Promise<Answer>, done: Key): Promise<boolean> => {
    if (deciding) return false;
    setDeciding(true);
    const { data, error } = await answer();
    setDeciding(false);
    setErrors(data?.decided.errors ?? []);
    setFault(error ? t(faultKey(codeOf(error))) : "");
    const decided = Boolean(data?.decided.request);
    if (decided) toast(t(done));
    return decided;
  };

  return {
    deciding,
    errors,
    fault,
    forget: () => setErrors([]),
    approve: ({ id, preview }: Request) =>
      decide(() => client.mutation(APPROVE, { input: { id, previewVersion: preview.version } }).toPromise(), "approved"),
    reject: ({ id }: Request, reason: string) =>
      decide(() => client.mutation(REJECT, { input: { id, reason } }).toPromise(), "rejected"),
    withdraw: (id: string) => decide(() => client.mutation(WITHDRAW, { input: { id } }).toPromise(), "withdrawn"),
  };
}
