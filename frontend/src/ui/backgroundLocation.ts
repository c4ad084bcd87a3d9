import { LocationProvider, useLocation } from "preact-iso";
import { useMemo, useRef } from "preact/hooks";

/** The router's context; a screen behind a dialog gets another location. */
export const LocationContext = LocationProvider.ctx;

type Location = ReturnType<typeof useLocation>;

/**
 * Dialogs have URLs of their own. While one is open, the screen behind it keeps its location, the background, so that it does
 * not change. ``close`` and Back return to it. ``backgroundScreen`` maps the path of a dialog to the path of the screen behind
 * it, for visits that start there; undefined for screens. ``isScreen`` tells which screens can be a background.
 */
export function useBackgroundLocation(backgroundScreen: (path: string) => string | undefined, isScreen: (path: string) => boolean): { background: Location; close?: () => void } {
  const current = useLocation();
  const last = useRef<Location | undefined>(undefined);
  const home = backgroundScreen(current.path);
  if (home === undefined) last.current = isScreen(current.path) ? current : undefined;
  else if (last.current && backgroundUrl() === undefined) {
    // Stored in the history entry, so that it survives a reload.
    history.replaceState({ savedUrl: last.current.url }, "");
  }
  const savedUrl = backgroundUrl();
  const url = savedUrl ?? home ?? current.url;
  const background = useMemo(() => (last.current?.url === url ? last.current : locationAt(url, current)), [current, url]);
  if (home === undefined) return { background: current };
  return { background, close: () => (savedUrl === undefined ? current.route(url, true) : history.back()) };
}

function backgroundUrl(): string | undefined {
  return (history.state as { savedUrl?: string } | null)?.savedUrl;
}

function locationAt(url: string, current: Location): Location {
  const { pathname, searchParams } = new URL(url, location.origin);
  return { ...current, url, path: pathname.replace(/\/+$/, "") || "/", query: Object.fromEntries(searchParams) };
}
