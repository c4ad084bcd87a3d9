import { useQuery } from "@urql/preact";
import { CATALOGUE } from "../../api/operations.ts";
import { useI18n } from "../../i18n/i18n.tsx";
import { useViewer } from "../../session/session.tsx";
import { useDraft } from "../../ui/useDraft.ts";
import type { AccountFormProps } from "../AccountDialog.tsx";
import { CommentField } from "../CommentField.tsx";
import { ConflictNotice } from "../ConflictNotice.tsx";
import { LicenceChoice } from "../LicenceChoice.tsx";
import { PreviewResult } from "../PreviewResult.tsx";
import { messageFor, RequestForm } from "../RequestForm.tsx";
import { useAccountRequest } from "../useAccountRequest.ts";

/** The form to request another licence. */
export function LicenceForm({ account, onStale, onClose }: AccountFormProps) {
  const { t, number, date } = useI18n();
  const { id: viewer } = useViewer();
  const { values, set, clear } = useDraft(`${viewer}:licence:${account.id}`, { licence: "", comment: "" });
  const [{ data }] = useQuery({ query: CATALOGUE });
  const licences = data?.catalogue.licences ?? [];
  const chosen = licences.find(({ code }) => code === values.licence);
  const { form, previewState, conflict } = useAccountRequest({
    account,
    onStale,
    change: values.licence ? { licence: { accountId: account.id, licence: values.licence, comment: values.comment } } : undefined,
    unreadable: { field: "licence", message: t("license.choose") },
    comment: values.comment,
    onSent: () => {
      clear();
      onClose();
    },
  });
  const up = chosen && chosen.rank > account.licence.rank;
  return (
    <RequestForm {...form} submitLabel={t(conflict ? "conflict.send" : "request.extension.license")} onCancel={onClose}>
      <LicenceChoice
        licences={licences}
        current={account.licence}
        chosen={values.licence}
        error={messageFor(form.errors, "licence")}
        onChoose={(licence) => set({ licence })}
      />
      <PreviewResult
        {...previewState}
        field="LICENCE"
        label={t("license")}
        now={t("now.value", { value: account.licence.name })}
        note={
          chosen && (
            <>
              {!up && <>{t("license.down.effect", { name: account.licence.name })} </>}
              {t("license.effect", { datapoints: number(account.datapoints), date: date(account.expiresOn) })}
            </>
          )
        }
      />
      {conflict && <ConflictNotice changes={conflict} preview={previewState.preview} field="LICENCE" />}
      <CommentField value={values.comment} onInput={(comment) => set({ comment })} errors={form.errors} />
    </RequestForm>
  );
}
