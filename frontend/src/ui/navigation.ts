import { useLocation } from "preact-iso";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

const PRODUCT = "Account desk";

/** The titles of the screen and of the dialog over it. */
const titles: { screen?: string | undefined; dialog?: string | undefined } = {};

function showTitle(): void {
  const title = titles.dialog ?? titles.screen;
  document.title = title && title !== PRODUCT ? `${title} · ${PRODUCT}` : PRODUCT;
}

/** Sets the title of the document. */
export function useDocumentTitle(title: string | undefined): void {
  useEffect(() => {
    titles.screen = title;
    showTitle();
  }, [title]);
}

/** The same for a dialog, while it is open. */
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

/** Moves the focus to the content on each new screen, and scrolls to its top on a new visit. Dialogs over a screen are no new screen. */
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
