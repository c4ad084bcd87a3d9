import type { FieldChange } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { Icon } from "../ui/icons.tsx";
import type { ShownPreview } from "./usePreview.ts";
import { useValues } from "./values.ts";

interface ConflictProps {
  /** What changed on the account meanwhile. */
  changes: readonly FieldChange[];
  preview: ShownPreview["preview"];
  /** The difference that the form is about. */
  field: FieldChange["field"];
}

/** Says that the account is not any more what the form was filled in for, and what the change would give now. */
export function Conflict({ changes, preview, field }: ConflictProps) {
  const { t } = useSpeech();
  const value = useValues();
  const gives = preview?.changes.find((change) => change.field === field)?.after;
  const told = changes.map((change) => {
    const step = `${value(change.field, change.before)} → ${value(change.field, change.after)}`;
    return change.field === field ? step : `${t(`field.${change.field}`)} ${step}`;
  });
  return (
    <div class="notice" role="alert">
      <Icon name="warning" />
      <div>
        <strong>{told.length > 0 ? t("conflict.changed", { changes: told.join(", ") }) : t("conflict")}</strong>
        {gives && <p>{t("conflict.gives", { value: value(field, gives) })}</p>}
      </div>
    </div>
  );
}
