import type { CombinedError } from "@urql/core";
import { useEffect, useMemo, useState } from "preact/hooks";
import { errorCode, retryAfterS } from "../api/client.ts";
import { useI18n, type MessageKey, type I18n } from "../i18n/i18n.tsx";
import { FieldError } from "./Field.tsx";

const COUNTDOWN_TICK_MS = 250;

/** The server is newer than the page that is open, and knows its operations no more. */
export const OUTDATED = "PERSISTED_QUERY_NOT_FOUND";

/** A call that failed, and the seconds that are left until the server takes another. */
export interface CallError {
  error: CombinedError | undefined;
  retryInS: number;
}

/** The fault of a form's last call. ``tell`` another one, or nothing to forget it. */
export function useCallError(): CallError & { set: (error: CombinedError | undefined) => void } {
  const [error, set] = useState<CombinedError>();
  return { error, retryInS: useRetryCountdown(error), set };
}

/** Seconds that are left until the server takes another call; 0 when it takes one now. */
export function useRetryCountdown(error: CombinedError | undefined): number {
  const until = useMemo(() => Date.now() + retryAfterS(error) * 1000, [error]);
  const retryInS = () => Math.max(0, Math.ceil((until - Date.now()) / 1000));
  const [, show] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => {
      show(retryInS());
      if (retryInS() === 0) clearInterval(timer);
    }, COUNTDOWN_TICK_MS);
    return () => clearInterval(timer);
  }, [until]);
  return retryInS();
}

/** Why a call failed, for what is said once. */
export function errorMessage({ t }: I18n, error: CombinedError, retryInS = retryAfterS(error)): string {
  if (retryAfterS(error) === 0) return t(messageKey(errorCode(error)));
  if (retryInS === 0) return t("wait.over");
  return t(errorCode(error) === "TOO_MANY_REQUESTS" ? "throttled" : "unavailable", { n: retryInS });
}

function messageKey(code: string | undefined): MessageKey {
  if (code === "NETWORK") return navigator.onLine ? "error.network" : "error.offline";
  if (code === OUTDATED) return "error.outdated";
  if (code === "NOT_FOUND" || code === "BAD_USER_INPUT") return "gone";
  if (code === "FORBIDDEN") return "forbidden";
  return "error.server";
}

/** Why a call failed. Its seconds count down for the eye; the ear is told once how many, and once that they are over. */
export function ErrorMessage({ error, retryInS }: { error: CombinedError; retryInS: number }) {
  const i18n = useI18n();
  if (retryInS === 0) return <>{errorMessage(i18n, error, retryInS)}</>;
  return (
    <span>
      <span aria-hidden="true">{errorMessage(i18n, error, retryInS)}</span>
      <span class="visually-hidden">{errorMessage(i18n, error)}</span>
    </span>
  );
}

/** What keeps a form from being sent, above its fields: a call that failed, or the server's own words. */
export function FormError({ callError: { error, retryInS }, message = "" }: { callError: CallError; message?: string }) {
  if (!error && !message) return null;
  return (
    <div role="alert">
      <FieldError message={error ? <ErrorMessage error={error} retryInS={retryInS} /> : message} />
    </div>
  );
}
