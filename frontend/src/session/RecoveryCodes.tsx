import { useI18n } from "../i18n/i18n.tsx";
import { useToast } from "../ui/Toasts.tsx";
import { useSecondFactorMessages } from "./secondFactorMessages.ts";

/** New recovery codes with buttons to copy, download and print them. They cannot be shown again. */
export function RecoveryCodes({ codes, onSaved }: { codes: readonly string[]; onSaved: () => void }) {
  const { t } = useI18n();
  const { c } = useSecondFactorMessages();
  const toast = useToast();
  const text = codes.join("\n");
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => toast(c("factor.copied")),
      () => toast(t("error.server")),
    );
  return (
    <div class="form">
      <h3>{c("factor.codes")}</h3>
      <p>{c("factor.codes.help")}</p>
      <ul class="recovery-codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div class="form-actions">
        <button type="button" class="button" onClick={() => void copy()}>
          {c("factor.copy")}
        </button>
        <a class="button" download="recovery-codes.txt" href={`data:text/plain;charset=utf-8,${encodeURIComponent(`${text}\n`)}`}>
          {c("factor.download")}
        </a>
        <button type="button" class="button" onClick={() => print()}>
          {c("factor.print")}
        </button>
        <button type="button" class="button primary" onClick={onSaved}>
          {c("factor.kept")}
        </button>
      </div>
    </div>
  );
}
