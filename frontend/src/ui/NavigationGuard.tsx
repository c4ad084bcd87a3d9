import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { useI18n } from "../i18n/i18n.tsx";
import { Dialog } from "./Dialog.tsx";

/** While active, asks for confirmation before a link leaves the page or the tab closes. */
export function NavigationGuard({ active }: { active: boolean }) {
  const { t } = useI18n();
  const { route } = useLocation();
  const [wanted, setWanted] = useState<string>();
  useEffect(() => {
    if (!active) return;
    const hold = (event: BeforeUnloadEvent) => event.preventDefault();
    const ask = (event: MouseEvent) => {
      const link = event.composedPath().find((part) => part instanceof HTMLAnchorElement);
      const leads = link && link.origin === location.origin && !link.target && link.pathname !== location.pathname;
      if (!leads || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0) return;
      event.preventDefault();
      event.stopPropagation();
      setWanted(link.pathname + link.search);
    };
    addEventListener("beforeunload", hold);
    // In the capture phase: the router must not handle the click.
    addEventListener("click", ask, { capture: true });
    return () => {
      removeEventListener("beforeunload", hold);
      removeEventListener("click", ask, { capture: true });
    };
  }, [active]);
  if (!wanted) return null;
  return (
    <Dialog title={t("leave.title")} onClose={() => setWanted(undefined)}>
      <p>{t("leave.help")}</p>
      <div class="form-actions">
        <button type="button" class="button" autofocus onClick={() => setWanted(undefined)}>
          {t("leave.stay")}
        </button>
        <button type="button" class="button primary" onClick={() => route(wanted)}>
          {t("leave.go")}
        </button>
      </div>
    </Dialog>
  );
}
