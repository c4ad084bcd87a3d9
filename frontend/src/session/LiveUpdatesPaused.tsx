import { useEffect, useState } from "preact/hooks";
import { useI18n } from "../i18n/i18n.tsx";
import { useSession } from "./session.tsx";

const SHOW_AFTER_MS = 3_000;

/** Says that changes do not arrive by themselves now; a link that is back in a moment is not worth a word. */
export function LiveUpdatesPaused() {
  const { t } = useI18n();
  const { isDisconnected } = useSession();
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!isDisconnected) return setShown(false);
    const timer = setTimeout(() => setShown(true), SHOW_AFTER_MS);
    return () => clearTimeout(timer);
  }, [isDisconnected]);
  return (
    <div class="live-paused" role="status">
      {shown && <span>{t("live.paused")}</span>}
    </div>
  );
}
