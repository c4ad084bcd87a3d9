import { useQuery } from "@urql/preact";
import { CATALOGUE } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { Field } from "../ui/Field.tsx";

/** The terms offered as buttons. */
const USUAL_PERIODS_MONTHS = [12, 24, 36];

/** The months of a term: common ones as buttons, any other as text. */
export function PeriodField({ value, onInput, error }: { value: string; onInput: (months: string) => void; error: string | undefined }) {
  const { t } = useI18n();
  const [{ data }] = useQuery({ query: CATALOGUE });
  const limits = data?.catalogue.limits;
  return (
    <Field
      label={t("period")}
      name="periodMonths"
      help={limits && t("period.help", { min: limits.minPeriodMonths, max: limits.maxPeriodMonths })}
      error={error}
      after={
        <span class="segments" role="group" aria-label={t("period.usual")}>
          {USUAL_PERIODS_MONTHS.map((months) => (
            <button key={months} type="button" aria-pressed={value.trim() === String(months)} aria-label={t("period.months", { n: months })} onClick={() => onInput(String(months))}>
              {months}
            </button>
          ))}
        </span>
      }
    >
      <input class="short" type="text" inputMode="numeric" autocomplete="off" autofocus value={value} onInput={(event) => onInput(event.currentTarget.value)} />
    </Field>
  );
}
