import type { Account, FieldChange, ChangeRequest } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { Icon } from "../ui/icons.tsx";
import { Difference } from "./PreviewResult.tsx";
import { requestTypeInfo } from "./types/index.ts";
import { useFieldFormat } from "./useFieldFormat.ts";

/** Changed fields, one per line: name, value before, value after. */
export function Changes({ changes, showsNames = true }: { changes: readonly FieldChange[]; showsNames?: boolean }) {
  const { t } = useI18n();
  const value = useFieldFormat();
  if (changes.length === 0) return null;
  return (
    <ul class="changes">
      {changes.map(({ field, before, after }) => (
        <li key={field}>
          {showsNames && <span class="muted">{t(`field.${field}`)}</span>}{" "}
          {before !== null && (
            <span class="nowrap">
              <s>{value(field, before)}</s> <Icon name="arrow" />
            </span>
          )}{" "}
          <strong class="nowrap">{value(field, after)}</strong>
        </li>
      ))}
    </ul>
  );
}

/** The summary of a request in lists. */
export function ChangeSummary({ type, changes }: { type: string; changes: readonly FieldChange[] }) {
  const { summary, opensAccount } = requestTypeInfo(type);
  return <Changes changes={changes.filter(({ field }) => !summary || field === summary)} showsNames={!summary || Boolean(opensAccount)} />;
}

type ComparedAccount = Pick<Account, "clientName" | "licence" | "datapoints" | "startsOn" | "expiresOn">;

/** The changes of a request as a table, with the unchanged fields that a decision needs. Changed rows are marked in words too. */
export function DiffTable({ request, account }: { request: ChangeRequest; account?: ComparedAccount | undefined }) {
  const { t } = useI18n();
  const value = useFieldFormat();
  const { opensAccount } = requestTypeInfo(request.type);
  const decided = request.state !== "PENDING";
  return (
    <table class="diff" role="table">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">
            {t("field")}
          </th>
          {!opensAccount && (
            <th role="columnheader" scope="col">
              {t(decided ? "before" : "now")}
            </th>
          )}
          <th role="columnheader" scope="col">
            {t("requested")}
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows(request.preview.changes, decided ? undefined : account).map(({ field, before, after, differs }) => (
          <tr key={field} role="row" class={opensAccount ? undefined : differs ? "differs" : "stays"}>
            <th role="rowheader" scope="row">
              {t(`field.${field}`)}
            </th>
            {!opensAccount && <td role="cell">{value(field, before)}</td>}
            <td role="cell">
              {differs ? <strong>{value(field, after)}</strong> : value(field, after)}
              {differs && !opensAccount && <DifferenceMark field={field} before={before} after={after} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The mark of a changed row; for datapoints the difference. */
function DifferenceMark({ field, before, after }: Pick<FieldChange, "field" | "before" | "after">) {
  const { t } = useI18n();
  if (field === "DATAPOINTS") return <Difference by={Number(after) - Number(before)} />;
  return <small class="badge changed">{t("changed")}</small>;
}

const ORDER: FieldChange["field"][] = ["NAME", "CLIENT_NAME", "LICENCE", "DATAPOINTS", "SECTOR", "COUNTRY", "RTC_LINES", "MAIL_DOMAIN", "STARTS_ON", "EXPIRES_ON"];

function rows(changes: readonly FieldChange[], account: ComparedAccount | undefined) {
  const unchangedFields = account
    ? ([
        ["CLIENT_NAME", account.clientName],
        ["LICENCE", account.licence.code],
        ["DATAPOINTS", String(account.datapoints)],
        ["STARTS_ON", account.startsOn],
        ["EXPIRES_ON", account.expiresOn],
      ] as const)
    : [];
  const differing = changes.map((change) => ({ ...change, differs: true }));
  const same = unchangedFields.filter(([field]) => !changes.some((change) => change.field === field)).map(([field, text]) => ({ field, before: text, after: text, differs: false }));
  return [...differing, ...same].sort((one, other) => ORDER.indexOf(one.field) - ORDER.indexOf(other.field));
}
