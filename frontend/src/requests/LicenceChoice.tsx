import { useI18n } from "../i18n/i18n.tsx";
import { FieldError } from "../ui/Field.tsx";
import { Icon } from "../ui/icons.tsx";

interface LicenceChoiceProps {
  licences: readonly { code: string; name: string; rank: number }[];
  current?: { code: string; rank: number };
  chosen: string | undefined;
  error?: string | undefined;
  onChoose: (code: string) => void;
}

/** The licences as radio buttons; the current one is marked and disabled. */
export function LicenceChoice({ licences, current, chosen, error, onChoose }: LicenceChoiceProps) {
  const { t } = useI18n();
  const focused = current && (chosen || licences.find(({ code }) => code !== current.code)?.code);
  return (
    <fieldset class="choices" aria-invalid={error ? true : undefined} aria-describedby={error ? "licence-error" : undefined}>
      <legend>{t("license")}</legend>
      {licences.map((licence) => (
        <label key={licence.code} class="choice">
          <input type="radio" name="licence" value={licence.code} autofocus={licence.code === focused} checked={chosen === licence.code} disabled={licence.code === current?.code} onChange={() => onChoose(licence.code)} />
          <span>{licence.name}</span>
          {current && <Step rank={licence.rank} from={current.rank} />}
        </label>
      ))}
      {error && <FieldError id="licence-error" message={error} />}
    </fieldset>
  );
}

function Step({ rank, from }: { rank: number; from: number }) {
  const { t } = useI18n();
  if (rank === from) return <small class="badge">{t("license.current")}</small>;
  const up = rank > from;
  return (
    <small class={up ? "step step-more" : "step step-fewer"}>
      <Icon name={up ? "up" : "down"} />
      {t(up ? "license.up" : "license.down")}
    </small>
  );
}
