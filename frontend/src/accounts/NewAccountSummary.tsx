import type { FieldChange, Preview } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { Changes } from "../requests/Changes.tsx";
import { useValues } from "../requests/values.ts";

/** What the account would be, as the server sees it, in a sentence and in a list. */
export function NewAccountSummary({ preview }: { preview: Preview | undefined }) {
  const { t } = useSpeech();
  const value = useValues();
  const after = (field: FieldChange["field"]) => preview?.changes.find((change) => change.field === field)?.after ?? null;
  const told = (field: FieldChange["field"]) => value(field, after(field));
  const isKnown = preview && preview.changes.length > 0;
  return (
    <aside class="summary" aria-label={t("summary")}>
      <h2>{t("summary")}</h2>
      <output aria-live="polite">
        {isKnown
          ? t("new.sentence", {
              name: told("NAME"),
              client: told("CLIENT_NAME"),
              licence: told("LICENCE"),
              datapoints: Number(after("DATAPOINTS")),
              from: told("STARTS_ON"),
              to: told("EXPIRES_ON"),
            })
          : t("summary.empty")}
      </output>
      {isKnown && <Changes changes={preview.changes} />}
      <p class="soft">{t("summary.note")}</p>
    </aside>
  );
}
