import type { FieldChange } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { Icon } from "../ui/icons.tsx";
import { useValues } from "./values.ts";

/** Differences in a line each: what, before, after. */
export function Changes({ changes }: { changes: readonly FieldChange[] }) {
  const { t } = useSpeech();
  const value = useValues();
  if (changes.length === 0) return null;
  return (
    <ul class="changes">
      {changes.map(({ field, before, after }) => (
        <li key={field}>
          <span class="soft">{t(`field.${field}`)}</span>{" "}
          {before !== null && (
            <>
              <s>{value(field, before)}</s> <Icon name="arrow" />{" "}
            </>
          )}
          <strong>{value(field, after)}</strong>
        </li>
      ))}
    </ul>
  );
}

/** What a list shows of a request: the one difference that names it. */
export function ChangeInShort({ type, changes }: { type: string; changes: readonly FieldChange[] }) {
  const telling = type === "RENEWAL" ? "EXPIRES_ON" : type === "NEW_ACCOUNT" ? "DATAPOINTS" : type;
  return <Changes changes={changes.filter((change) => change.field === telling)} />;
}

/** The differences as a table, for whoever decides. */
export function DiffTable({ changes }: { changes: readonly FieldChange[] }) {
  const { t } = useSpeech();
  const value = useValues();
  return (
    <table class="diff">
      <thead>
        <tr>
          <th scope="col">{t("field")}</th>
          <th scope="col">{t("now")}</th>
          <th scope="col">{t("requested")}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ field, before, after }) => (
          <tr key={field}>
            <th scope="row">{t(`field.${field}`)}</th>
            <td>{value(field, before)}</td>
            <td>
              <strong>{value(field, after)}</strong>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
