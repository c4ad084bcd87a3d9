import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Field } from "../ui/Field.tsx";
import { useSecondFactorMessages } from "./secondFactorMessages.ts";

interface CodeFieldProps {
  value: string;
  error?: string | undefined;
  /** Whether a recovery code is accepted. */
  orRecovery?: boolean;
  autofocus?: boolean;
  onInput: (code: string) => void;
}

/** The field for a one-time code. Recovery codes contain letters and need another keyboard. */
export function CodeField({ value, error, orRecovery = false, autofocus = false, onInput }: CodeFieldProps) {
  const { c } = useSecondFactorMessages();
  const [isRecovery, setIsRecovery] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (autofocus || isRecovery) input.current?.focus();
  }, [isRecovery]);
  return (
    <>
      <Field label={c(isRecovery ? "code.recovery" : "code")} name="code" help={c(isRecovery ? "code.recovery.help" : "code.help")} error={error}>
        <input
          key={String(isRecovery)}
          ref={input}
          type="text"
          autocomplete="one-time-code"
          inputMode={isRecovery ? "text" : "numeric"}
          autocapitalize="off"
          spellcheck={false}
          required
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      </Field>
      {orRecovery && (
        <p>
          <button type="button" class="link" onClick={() => (setIsRecovery(!isRecovery), onInput(""))}>
            {c(isRecovery ? "code.use" : "code.recovery.use")}
          </button>
        </p>
      )}
    </>
  );
}
