import { useState } from "preact/hooks";
import { useSpeech, type Key } from "../i18n/i18n.tsx";
import { applyLook, chosenLook, LOOKS, type Look } from "./looks.ts";

/** Chooses how the page looks, which shows at once. */
export function LookSelect({ look, ...attributes }: { look: Look }) {
  const { t } = useSpeech();
  const [chosen, setChosen] = useState(() => chosenLook(look));
  return (
    <select
      {...attributes}
      value={chosen}
      onChange={({ currentTarget: { value } }) => {
        setChosen(value);
        applyLook(look, value);
      }}
    >
      {LOOKS[look].map((name) => (
        <option key={name} value={name}>
          {t(`${look}.${name}` as Key)}
        </option>
      ))}
    </select>
  );
}
