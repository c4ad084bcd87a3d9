import { useLocation } from "preact-iso";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

const PRODUCT = "Account desk";

/** What the screen is called, and what is open over it, whichever came first. */
const titles: { screen?: string | undefined; dialog?: string | undefined } = {};

function showTitle(): void {
  const title = titles.dialog ?? titles.screen;
  document.title = title && title !== PRODUCT ? `${title} · ${PRODUCT}` : PRODUCT;
}

/** Names the browser's tab and history entry after what is shown. */
export function useDocumentTitle(title: string | undefined): void {
  useEffect(() => {
    titles.screen = title;
    showTitle();
  }, [title]);
}

/** The same for what is open over a screen, for as long as it is. */
export function useDialogTitle(title: string | undefined): void {
  useEffect(() => {
    titles.dialog = title;
    showTitle();
    return () => {
      titles.dialog = undefined;
      showTitle();
    };
  }, [title]);
}

/** On another screen focus starts at its content, and a new visit at its top; what opens over a screen is no other one. */
export function useFocusOnNavigation(): void {
  const { path, wasPush } = useLocation() as ReturnType<typeof useLocation> & { wasPush: boolean };
  const screen = path.replace(/^(\/management\/accounts\/[^/]+|\/queue)\/.*/, "$1").replace(/^\/management\/(active|expired|applications)$/, "/management");
  const last = useRef(screen);
  useLayoutEffect(() => {
    if (last.current === screen) return;
    last.current = screen;
    if (wasPush) scrollTo(0, 0);
    document.getElementById("content")?.focus({ preventScroll: true });
  }, [screen]);
}
