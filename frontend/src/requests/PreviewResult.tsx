import type { ComponentChildren } from "preact";
import type { FieldChange, Preview } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { Icon } from "../ui/icons.tsx";
import type { PreviewState } from "./usePreview.ts";
import { useFieldFormat } from "./useFieldFormat.ts";

interface PreviewResultProps extends Pick<PreviewState, "preview" | "current"> {
  /** The changed field that is shown large. */
  field: FieldChange["field"];
  label: string;
  /** Shown while there is no change. */
  now: string;
  /** The size of the change. */
  words?: ComponentChildren;
  /** Shown when all rules hold. */
  note?: ComponentChildren;
  /** A more specific message for a broken rule. */
  explain?: (rule: Preview["rules"][number]) => string | undefined;
}

/** The server's preview of a request: the values before and after, and the broken rules. */
export function PreviewResult({ preview, current, field, label, now, words, note, explain }: PreviewResultProps) {
  const value = useFieldFormat();
  const change = preview?.changes.find((made) => made.field === field);
  const broken = preview?.rules.filter((rule) => !rule.holds) ?? [];
  return (
    <output class="preview" aria-live="polite" aria-busy={Boolean(preview) && !current}>
      <small class="muted">{label}</small>
      <span class="preview-line">
        <span class={change ? "preview-before" : "preview-after"}>{change ? value(field, change.before) : now}</span>
        {change && (
          <>
            <Icon name="arrow" />
            <strong class={broken.length > 0 ? "preview-after refused" : "preview-after"}>{value(field, change.after)}</strong>
            {words}
          </>
        )}
      </span>
      {broken.map((rule) => (
        <span key={rule.code} class="field-error">
          <Icon name="warning" />
          {explain?.(rule) ?? rule.message}
        </span>
      ))}
      {preview?.allowed && note && <span class="preview-note muted">{note}</span>}
    </output>
  );
}

/** A signed number of datapoints, with icon, colour and words. */
export function Difference({ by }: { by: number }) {
  const { t, signed } = useI18n();
  const more = by > 0;
  return (
    <span class={more ? "step step-more" : "step step-fewer"}>
      ({signed(by)})
      <Icon name={more ? "up" : "down"} />
      {t(more ? "delta.more" : "delta.fewer", { n: Math.abs(by) })}
    </span>
  );
}
