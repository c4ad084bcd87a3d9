import { useState } from "preact/hooks";
import { useSpeech, type Key } from "../i18n/i18n.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { singleKeys } from "../ui/useKeys.ts";

const KEYS: readonly (readonly [string, Key])[] = [
  ["J", "keys.next"],
  ["K", "keys.previous"],
  ["A", "approve"],
  ["R", "reject.open"],
  ["?", "keys.help"],
];

/** What the keys of the queue do, and the switch that turns them off. */
export function KeysDialog({ onClose }: { onClose: () => void }) {
  const { t } = useSpeech();
  const [areOn, setOn] = useState(singleKeys.areOn());
  return (
    <Dialog title={t("keys")} onClose={onClose}>
      <dl class="keys">
        {KEYS.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(meaning)}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={areOn}
          onChange={(event) => {
            singleKeys.turn(event.currentTarget.checked);
            setOn(event.currentTarget.checked);
          }}
        />
        {t("keys.on")}
      </label>
    </Dialog>
  );
}
