import { useEffect, useState } from "preact/hooks";
import { useI18n } from "../i18n/i18n.tsx";
import { useSession } from "./session.tsx";

const SHOW_AFTER_MS = 3_000;

/** Says that live updates are paused, after SHOW_AFTER_MS: short interruptions are not shown. */
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
