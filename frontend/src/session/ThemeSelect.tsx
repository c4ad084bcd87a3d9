import { useState } from "preact/hooks";
import { useSpeech } from "../i18n/i18n.tsx";
import { applyTheme, chosenTheme, THEMES, type Theme } from "./theme.ts";

/** Chooses light, dark, or what the system has. */
export function ThemeSelect(attributes: Record<string, unknown>) {
  const { t } = useSpeech();
  const [theme, setTheme] = useState(chosenTheme);
  return (
    <select
      {...attributes}
      value={theme}
      onChange={(event) => {
        const chosen = event.currentTarget.value as Theme;
        setTheme(chosen);
        applyTheme(chosen);
      }}
    >
      {THEMES.map((name) => (
        <option key={name} value={name}>
          {t(`theme.${name}`)}
        </option>
      ))}
    </select>
  );
}
