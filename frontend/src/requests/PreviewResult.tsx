import type { ComponentChildren } from "preact";
import type { FieldChange, Preview } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { Icon } from "../ui/icons.tsx";
import type { PreviewState } from "./usePreview.ts";
import { useFieldFormat } from "./useFieldFormat.ts";

interface PreviewResultProps extends Pick<PreviewState, "preview" | "current"> {
  /** The difference that is shown large. */
  field: FieldChange["field"];
  label: string;
  /** What stands there while there is no difference. */
  now: string;
  /** How much it is, in words. */
  words?: ComponentChildren;
  /** What else to know while every rule holds. */
  note?: ComponentChildren;
  /** Says more of a broken rule than the rule itself. */
  explain?: (rule: Preview["rules"][number]) => string | undefined;
}

/** What the server says that a request would do: the value now, the value then, and the rules it would break. */
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

/** A number of datapoints more or fewer: signed, with an arrow, in colour and in words. */
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
