import { LocationProvider, useLocation } from "preact-iso";
import { useMemo, useRef } from "preact/hooks";

/** The location that a part of the page lives at; another one may be given to what lies beneath a dialog. */
export const LocationContext = LocationProvider.ctx;

type Location = ReturnType<typeof useLocation>;

/**
 * What opens over a screen has an address of its own, and the screen beneath it keeps the one that it had: nothing there
 * moves. Back, and ``close``, lead back to it. ``backgroundScreen`` names the screen for those who come to such an address by
 * a link; undefined for all other addresses. ``isScreen`` tells at which of those something can open over what is there.
 */
export function useBackgroundLocation(backgroundScreen: (path: string) => string | undefined, isScreen: (path: string) => boolean): { background: Location; close?: () => void } {
  const current = useLocation();
  const last = useRef<Location | undefined>(undefined);
  const home = backgroundScreen(current.path);
  if (home === undefined) last.current = isScreen(current.path) ? current : undefined;
  else if (last.current && backgroundUrl() === undefined) {
    // Said in the entry of the history, so that a reload knows it too.
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
