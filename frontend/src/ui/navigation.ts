import { useLocation } from "preact-iso";
import { useEffect, useRef } from "preact/hooks";

const PRODUCT = "Account desk";

/** Names the browser's tab and history entry after what is shown. */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title && title !== PRODUCT ? `${title} · ${PRODUCT}` : PRODUCT;
  }, [title]);
}

/** On another screen focus starts at its content, and a new visit at its top; what opens over a screen is no other one. */
export function useArrival(): void {
  const { path, wasPush } = useLocation() as ReturnType<typeof useLocation> & { wasPush: boolean };
  const screen = path.replace(/^(\/management\/accounts\/[^/]+|\/queue)\/.*/, "$1").replace(/^\/management\/(active|expired|applications)$/, "/management");
  const last = useRef(screen);
  useEffect(() => {
    if (last.current === screen) return;
    last.current = screen;
    if (wasPush) scrollTo(0, 0);
    document.getElementById("content")?.focus({ preventScroll: true });
  }, [screen]);
}
