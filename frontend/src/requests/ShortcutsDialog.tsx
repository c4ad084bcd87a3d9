import { useState } from "preact/hooks";
import { useI18n, type MessageKey } from "../i18n/i18n.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { shortcutSetting } from "../ui/useShortcuts.ts";

const KEYS: readonly (readonly [string, MessageKey])[] = [
  ["J", "keys.next"],
  ["K", "keys.previous"],
  ["A", "approve"],
  ["R", "reject.open"],
  ["?", "keys.help"],
];

/** The keyboard shortcuts of the queue, with a switch to disable them. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const [isOn, setOn] = useState(shortcutSetting.isOn());
  return (
    <Dialog title={t("keys")} onClose={onClose}>
      <dl class="shortcuts">
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
          checked={isOn}
          onChange={(event) => {
            shortcutSetting.set(event.currentTarget.checked);
            setOn(event.currentTarget.checked);
          }}
        />
        {t("keys.on")}
      </label>
    </Dialog>
  );
}
