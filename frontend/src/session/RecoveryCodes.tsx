import { useSpeech } from "../i18n/i18n.tsx";
import { useToast } from "../ui/Toasts.tsx";
import { useCodeWords } from "./codeWords.ts";

/** Recovery codes, shown this once, with the ways to keep them. */
export function RecoveryCodes({ codes, onKept }: { codes: readonly string[]; onKept: () => void }) {
  const { t } = useSpeech();
  const { c } = useCodeWords();
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
        <button type="button" class="button primary" onClick={onKept}>
          {c("factor.kept")}
        </button>
      </div>
    </div>
  );
}
