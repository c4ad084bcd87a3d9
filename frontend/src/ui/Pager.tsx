import { useI18n } from "../i18n/i18n.tsx";
import { Icon } from "./icons.tsx";

interface PagerProps {
  /** The number of rows before this page. */
  before: number;
  shown: number;
  total: number;
  hasNext: boolean;
  onPrevious: () => void;
  onNext: () => void;
}

/** The position in a list, with buttons to the previous and next page. */
export function Pager({ before, shown, total, hasNext, onPrevious, onNext }: PagerProps) {
  const { t, number } = useI18n();
  if (total === 0) return null;
  return (
    <nav class="pager" aria-label={t("range", { from: before + 1, to: before + shown, total })}>
      <span class="muted">{t("range", { from: number(before + 1), to: number(before + shown), total: number(total) })}</span>
      {before > 0 && (
        <button type="button" class="button" onClick={onPrevious}>
          <Icon name="back" />
          {t("previous")}
        </button>
      )}
      {hasNext && (
        <button type="button" class="button" onClick={onNext}>
          {t("next")}
          <Icon name="arrow" />
        </button>
      )}
    </nav>
  );
}
