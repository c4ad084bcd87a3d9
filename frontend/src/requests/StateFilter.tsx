import { useI18n } from "../i18n/i18n.tsx";

/** Switches a list between pending and decided requests. */
export function StateFilter({ decided, onChange }: { decided: boolean; onChange: (state: "decided" | undefined) => void }) {
  const { t } = useI18n();
  return (
    <div class="segments" role="group" aria-label={t("status")}>
      <button type="button" aria-pressed={!decided} onClick={() => onChange(undefined)}>
        {t("segment.waiting")}
      </button>
      <button type="button" aria-pressed={decided} onClick={() => onChange("decided")}>
        {t("segment.decided")}
      </button>
    </div>
  );
}
