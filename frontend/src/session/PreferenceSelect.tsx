import { useState } from "preact/hooks";
import { useI18n, type MessageKey } from "../i18n/i18n.tsx";
import { setPreference, readPreference, PREFERENCES, type Preference } from "./preferences.ts";

/** A select that applies a display preference at once. */
export function PreferenceSelect({ preference, ...attributes }: { preference: Preference }) {
  const { t } = useI18n();
  const [chosen, setChosen] = useState(() => readPreference(preference));
  return (
    <select
      {...attributes}
      value={chosen}
      onChange={({ currentTarget: { value } }) => {
        setChosen(value);
        setPreference(preference, value);
      }}
    >
      {PREFERENCES[preference].map((name) => (
        <option key={name} value={name}>
          {t(`${preference}.${name}` as MessageKey)}
        </option>
      ))}
    </select>
  );
}
