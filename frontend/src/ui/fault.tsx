import type { CombinedError } from "@urql/core";
import { useEffect, useMemo, useState } from "preact/hooks";
import { codeOf, retryAfter } from "../api/client.ts";
import { useSpeech, type Key, type Speech } from "../i18n/i18n.tsx";
import { FieldError } from "./Field.tsx";

const TICK = 250;

/** The server is newer than the page that is open, and knows its operations no more. */
export const OUTDATED = "PERSISTED_QUERY_NOT_FOUND";

/** A call that failed, and the seconds that are left until the server takes another. */
export interface Fault {
  error: CombinedError | undefined;
  left: number;
}

/** The fault of a form's last call. ``tell`` another one, or nothing to forget it. */
export function useFault(): Fault & { tell: (error: CombinedError | undefined) => void } {
  const [error, tell] = useState<CombinedError>();
  return { error, left: useWait(error), tell };
}

/** Seconds that are left until the server takes another call; 0 when it takes one now. */
export function useWait(error: CombinedError | undefined): number {
  const until = useMemo(() => Date.now() + retryAfter(error) * 1000, [error]);
  const left = () => Math.max(0, Math.ceil((until - Date.now()) / 1000));
  const [, show] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => {
      show(left());
      if (left() === 0) clearInterval(timer);
    }, TICK);
    return () => clearInterval(timer);
  }, [until]);
  return left();
}

/** Why a call failed, for what is said once. */
export function faultWords({ t }: Speech, error: CombinedError, left = retryAfter(error)): string {
  if (retryAfter(error) === 0) return t(faultKey(codeOf(error)));
  if (left === 0) return t("wait.over");
  return t(codeOf(error) === "TOO_MANY_REQUESTS" ? "throttled" : "unavailable", { n: left });
}

function faultKey(code: string | undefined): Key {
  if (code === "NETWORK") return navigator.onLine ? "error.network" : "error.offline";
  if (code === OUTDATED) return "error.outdated";
  if (code === "NOT_FOUND" || code === "BAD_USER_INPUT") return "gone";
  if (code === "FORBIDDEN") return "forbidden";
  return "error.server";
}

/** Why a call failed. Its seconds count down for the eye; the ear is told once how many, and once that they are over. */
export function FaultWords({ error, left }: { error: CombinedError; left: number }) {
  const speech = useSpeech();
  if (left === 0) return <>{faultWords(speech, error, left)}</>;
  return (
    <span>
      <span aria-hidden="true">{faultWords(speech, error, left)}</span>
      <span class="unseen">{faultWords(speech, error)}</span>
    </span>
  );
}

/** What keeps a form from being sent, above its fields: a call that failed, or the server's own words. */
export function FormFault({ fault: { error, left }, message = "" }: { fault: Fault; message?: string }) {
  if (!error && !message) return null;
  return (
    <div role="alert">
      <FieldError message={error ? <FaultWords error={error} left={left} /> : message} />
    </div>
  );
}
