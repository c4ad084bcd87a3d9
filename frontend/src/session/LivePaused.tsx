import { useEffect, useState } from "preact/hooks";
import { useSpeech } from "../i18n/i18n.tsx";
import { useSession } from "./session.tsx";

const PATIENCE = 3_000;

/** Says that changes do not arrive by themselves now; a link that is back in a moment is not worth a word. */
export function LivePaused() {
  const { t } = useSpeech();
  const { linkLost } = useSession();
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!linkLost) return setShown(false);
    const timer = setTimeout(() => setShown(true), PATIENCE);
    return () => clearTimeout(timer);
  }, [linkLost]);
  return (
    <div class="live-paused" role="status">
      {shown && <span>{t("live.paused")}</span>}
    </div>
  );
}
