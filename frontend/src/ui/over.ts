import { LocationProvider, useLocation } from "preact-iso";
import { useMemo, useRef } from "preact/hooks";

/** The location that a part of the page lives at; another one may be given to what lies beneath a dialog. */
export const LocationContext = LocationProvider.ctx;

type Location = ReturnType<typeof useLocation>;

/**
 * What opens over a screen has an address of its own, and the screen beneath it keeps the one that it had: nothing there
 * moves. Back, and ``close``, lead back to it. ``screenBeneath`` names the screen for those who come to such an address by
 * a link; undefined for all other addresses. ``isScreen`` tells at which of those something can open over what is there.
 */
export function useBeneath(screenBeneath: (path: string) => string | undefined, isScreen: (path: string) => boolean): { beneath: Location; close?: () => void } {
  const here = useLocation();
  const last = useRef<Location | undefined>(undefined);
  const home = screenBeneath(here.path);
  if (home === undefined) last.current = isScreen(here.path) ? here : undefined;
  else if (last.current && openedOver() === undefined) {
    // Said in the entry of the history, so that a reload knows it too.
    history.replaceState({ over: last.current.url }, "");
  }
  const over = openedOver();
  const url = over ?? home ?? here.url;
  const beneath = useMemo(() => (last.current?.url === url ? last.current : locationAt(url, here)), [here, url]);
  if (home === undefined) return { beneath: here };
  return { beneath, close: () => (over === undefined ? here.route(url, true) : history.back()) };
}

function openedOver(): string | undefined {
  return (history.state as { over?: string } | null)?.over;
}

function locationAt(url: string, here: Location): Location {
  const { pathname, searchParams } = new URL(url, location.origin);
  return { ...here, url, path: pathname.replace(/\/+$/, "") || "/", query: Object.fromEntries(searchParams) };
}
