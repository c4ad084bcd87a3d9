import type { Request } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { faultWords } from "../ui/fault.tsx";
import { useToast } from "../ui/Toasts.tsx";
import { useDeciding } from "./useDecision.ts";

/** Takes a request back. Its row goes at once; should the server refuse, it is there again and the reason is said. */
export function useWithdrawal(): (request: Request) => Promise<void> {
  const speech = useSpeech();
  const toast = useToast();
  const decide = useDeciding();
  return async (request) => {
    const { request: withdrawn, errors, error } = await decide(request, { kind: "withdraw" });
    toast(withdrawn ? speech.t("withdrawn") : error ? faultWords(speech, error) : errors.map(({ message }) => message).join(" "));
  };
}
