import { useState } from "preact/hooks";
import { useI18n } from "../i18n/i18n.tsx";
import { Icon } from "./icons.tsx";

interface PasswordInputProps {
  value: string;
  autocomplete: "current-password" | "new-password";
  onInput: (text: string) => void;
  [attribute: string]: unknown;
}

/** A password field with a button to show the password. */
export function PasswordInput({ value, onInput, ...attributes }: PasswordInputProps) {
  const { t } = useI18n();
  const [isShown, setIsShown] = useState(false);
  return (
    <div class="input-with-button">
      {/* The types allow only one literal for ``type``. */}
      <input {...attributes} type={(isShown ? "text" : "password") as "password"} required value={value} onInput={(event) => onInput(event.currentTarget.value)} />
      <button type="button" class="icon-button" aria-label={t("password.show")} aria-pressed={isShown} onClick={() => setIsShown(!isShown)}>
        <Icon name={isShown ? "hidden" : "eye"} />
      </button>
    </div>
  );
}
