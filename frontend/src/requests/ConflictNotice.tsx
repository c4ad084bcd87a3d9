import type { FieldChange } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { Icon } from "../ui/icons.tsx";
import type { PreviewState } from "./usePreview.ts";
import { useFieldFormat } from "./useFieldFormat.ts";

interface ConflictNoticeProps {
  /** What has changed on the account. */
  changes: readonly FieldChange[];
  preview: PreviewState["preview"];
  /** The field that the form changes. */
  field: FieldChange["field"];
}

/** Says that the account has changed since the form was opened, and what the request would give now. */
export function ConflictNotice({ changes, preview, field }: ConflictNoticeProps) {
  const { t } = useI18n();
  const value = useFieldFormat();
  const gives = preview?.changes.find((change) => change.field === field)?.after;
  const descriptions = changes.map((change) => {
    const step = `${value(change.field, change.before)} → ${value(change.field, change.after)}`;
    return change.field === field ? step : `${t(`field.${change.field}`)} ${step}`;
  });
  return (
    <div class="notice" role="alert">
      <Icon name="warning" />
      <div>
        <strong>{descriptions.length > 0 ? t("conflict.changed", { changes: descriptions.join(", ") }) : t("conflict")}</strong>
        {gives && <p>{t("conflict.gives", { value: value(field, gives) })}</p>}
      </div>
    </div>
  );
}
