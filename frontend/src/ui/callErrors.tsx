import type { CombinedError } from "@urql/core";
import { useEffect, useMemo, useState } from "preact/hooks";
import { errorCode, retryAfterS } from "../api/client.ts";
import { useI18n, type MessageKey, type I18n } from "../i18n/i18n.tsx";
import { FieldError } from "./Field.tsx";

const COUNTDOWN_TICK_MS = 250;

/** The server is newer than this page and no longer has its documents. */
export const OUTDATED = "PERSISTED_QUERY_NOT_FOUND";

/** A failed call, and the seconds until the next one is allowed. */
export interface CallError {
  error: CombinedError | undefined;
  retryInS: number;
}

/** The failure of a form's last call; ``set`` replaces it. */
export function useCallError(): CallError & { set: (error: CombinedError | undefined) => void } {
  const [error, set] = useState<CombinedError>();
  return { error, retryInS: useRetryCountdown(error), set };
}

/** Seconds until the next call is allowed; 0 when it is allowed now. */
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

/** Why a call failed, as a text. */
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

/** Why a call failed. The countdown is visible only; screen readers get its start and its end. */
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

/** Why a form could not be sent: the failed call, or a message of the server. */
export function FormError({ callError: { error, retryInS }, message = "" }: { callError: CallError; message?: string }) {
  if (!error && !message) return null;
  return (
    <div role="alert">
      <FieldError message={error ? <ErrorMessage error={error} retryInS={retryInS} /> : message} />
    </div>
  );
}
