import type { CombinedError } from "@urql/core";
import { Component, type ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { errorCode, correlationIdOf } from "../api/client.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { ErrorMessage, OUTDATED, useRetryCountdown } from "./callErrors.tsx";
import { Icon } from "./icons.tsx";

const SKELETON_DELAY_MS = 150;

/** Whether SKELETON_DELAY_MS have passed since mounting. */
export function useIsSlow(): boolean {
  const [isLate, setIsLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsLate(true), SKELETON_DELAY_MS);
    return () => clearTimeout(timer);
  }, []);
  return isLate;
}

/** Placeholder rows while data loads, after SKELETON_DELAY_MS. */
export function Skeleton({ rows = 6 }: { rows?: number }) {
  const { t } = useI18n();
  const shown = useIsSlow();
  return (
    <div class="skeleton" aria-busy="true" role="status" aria-label={t("loading")}>
      {shown && Array.from({ length: rows }, (_, row) => <div key={row} class="skeleton-row" />)}
    </div>
  );
}

/** Shown for an empty list, with an action if there is one. */
export function EmptyState({ children, action }: { children: ComponentChildren; action?: ComponentChildren }) {
  return (
    <div class="empty">
      <p>{children}</p>
      {action}
    </div>
  );
}

/** The error of a query, with its correlation id and a button to try again. */
export function LoadError({ error, onRetry }: { error: CombinedError | undefined; onRetry: () => void }) {
  const retryInS = useRetryCountdown(error);
  const retry = errorCode(error) === OUTDATED ? () => location.reload() : onRetry;
  return <LoadErrorNotice message={error && <ErrorMessage error={error} retryInS={retryInS} />} id={correlationIdOf(error)} retryInS={retryInS} onRetry={retry} />;
}

interface LoadErrorNoticeProps {
  message: ComponentChildren;
  id?: string | undefined;
  /** Seconds until the next try is allowed. */
  retryInS?: number;
  onRetry: () => void;
}

/** A notice for what could not be loaded, with a button to try again. */
export function LoadErrorNotice({ message, id, retryInS = 0, onRetry }: LoadErrorNoticeProps) {
  const { t } = useI18n();
  return (
    <div class="notice notice-bad" role="alert">
      <Icon name="warning" />
      <div>
        <strong>{t("error.title")}</strong>
        <p>{message}</p>
        {id && <small>{t("error.id", { id })}</small>}
      </div>
      <button type="button" class="button" aria-disabled={retryInS > 0} onClick={() => retryInS === 0 && onRetry()}>
        {t("retry")}
      </button>
    </div>
  );
}

/** A page with a single message. */
export function MessagePage({ title, help, children }: { title: string; help?: string; children?: ComponentChildren }) {
  return (
    <div class="message">
      <h1>{title}</h1>
      {help && <p class="muted">{help}</p>}
      {children}
    </div>
  );
}

interface ErrorBoundaryProps {
  /** The path: an error of one path does not show on another. */
  at: string;
  fallback: ComponentChildren;
  children: ComponentChildren;
}

/** Keeps an error of one screen from breaking the others. It stays until a reload, since its cause may be cached. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { failedAt?: string }> {
  override state: { failedAt?: string } = {};

  override componentDidCatch(error: unknown) {
    console.error(error);
    this.setState({ failedAt: this.props.at });
  }

  override render() {
    const { at, children, fallback } = this.props;
    return this.state.failedAt === at ? fallback : children;
  }
}

/** Shown while the browser is offline, with the time since when. */
export function OfflineBanner({ onReturn }: { onReturn: () => void }) {
  const { t, time } = useI18n();
  const [since, setSince] = useState(navigator.onLine ? undefined : new Date());
  useEffect(() => {
    const onOffline = () => setSince(new Date());
    const onOnline = () => {
      setSince(undefined);
      onReturn();
    };
    addEventListener("offline", onOffline);
    addEventListener("online", onOnline);
    return () => {
      removeEventListener("offline", onOffline);
      removeEventListener("online", onOnline);
    };
  }, [onReturn]);
  return (
    <div role="status" class="top-banner">{since && <div class="offline">{t("offline", { time: time(since) })}</div>}</div>
  );
}
