import { cloneElement, type ComponentChildren, type VNode } from "preact";
import { useId } from "preact/hooks";
import { useI18n } from "../i18n/i18n.tsx";
import { Icon } from "./icons.tsx";

interface FieldProps {
  label: string;
  name: string;
  help?: ComponentChildren;
  error?: string | undefined;
  optional?: boolean;
  /** Elements beside the control. */
  before?: ComponentChildren;
  after?: ComponentChildren;
  /** The control; it gets ``id``, ``name`` and the ARIA attributes. */
  children: VNode<Record<string, unknown>>;
}

/** A form control with label, help and error, connected by ARIA attributes. */
export function Field({ label, name, help, error, optional, before, after, children }: FieldProps) {
  const { t } = useI18n();
  const id = useId();
  const described = [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(" ");
  const control = cloneElement(children, { id, name, "aria-describedby": described || undefined, "aria-invalid": error ? true : undefined });
  return (
    <div class="field">
      <label for={id}>
        {label}
        {optional && <span class="muted"> ({t("optional")})</span>}
      </label>
      {before || after ? (
        <div class="input-row">
          {before}
          {control}
          {after}
        </div>
      ) : (
        control
      )}
      {help && (
        <div id={`${id}-help`} class="help">
          {help}
        </div>
      )}
      {error && <FieldError id={`${id}-error`} message={error} />}
    </div>
  );
}

export function FieldError({ id, message }: { id?: string; message: ComponentChildren }) {
  return (
    <div id={id} class="field-error">
      <Icon name="warning" />
      {message}
    </div>
  );
}

/** A text area with a character count. */
export function TextAreaWithCount(props: { value: string; max: number; label: string; name: string; error?: string | undefined; optional?: boolean; autofocus?: boolean; onInput: (value: string) => void }) {
  const { t, number } = useI18n();
  // Counts code points, as the server does.
  const length = [...props.value].length;
  const help = <span class={length > props.max ? "over-limit" : undefined}>{t("characters", { n: number(length), max: number(props.max) })}</span>;
  return (
    <Field label={props.label} name={props.name} optional={props.optional ?? false} error={props.error} help={help}>
      <textarea rows={3} autofocus={props.autofocus ?? false} value={props.value} onInput={(event) => props.onInput(event.currentTarget.value)} />
    </Field>
  );
}
