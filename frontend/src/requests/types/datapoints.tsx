import { useQuery } from "@urql/preact";
import { CATALOGUE } from "../../api/operations.ts";
import { useI18n } from "../../i18n/i18n.tsx";
import { useViewer } from "../../session/session.tsx";
import { Field } from "../../ui/Field.tsx";
import { useDraft } from "../../ui/useDraft.ts";
import type { AccountFormProps } from "../AccountDialog.tsx";
import { CommentField } from "../CommentField.tsx";
import { ConflictNotice } from "../ConflictNotice.tsx";
import { parseWholeNumber } from "../numbers.ts";
import { Difference, PreviewResult } from "../PreviewResult.tsx";
import { messageFor, RequestForm } from "../RequestForm.tsx";
import { useAccountRequest } from "../useAccountRequest.ts";

/** Datapoints per press of a stepper button. */
const STEP = 10;

/** The form to request more or fewer datapoints. */
export function DatapointsForm({ account, onStale, onClose }: AccountFormProps) {
  const { t, number, signed } = useI18n();
  const { id: viewer } = useViewer();
  const { values, set, clear } = useDraft(`${viewer}:datapoints:${account.id}`, { delta: "", comment: "" });
  const [{ data }] = useQuery({ query: CATALOGUE });
  const delta = parseWholeNumber(values.delta);
  const { form, previewState, conflict } = useAccountRequest({
    account,
    onStale,
    change: delta === undefined ? undefined : { datapoints: { accountId: account.id, delta, comment: values.comment } },
    unreadable: { field: "delta", message: t("delta.invalid") },
    comment: values.comment,
    onSent: () => {
      clear();
      onClose();
    },
  });
  // The difference is taken from the preview, so that it fits the numbers beside it.
  const changed = previewState.preview?.changes.find(({ field }) => field === "DATAPOINTS");
  const step = (by: number) => {
    const next = (delta ?? 0) + by;
    set({ delta: next === 0 ? "" : signed(next) });
  };
  const minimum = data?.catalogue.limits.minDatapoints ?? 0;
  const label = delta !== undefined && delta < 0 ? "request.reduction" : "request.extension.datapoints";
  return (
    <RequestForm {...form} submitLabel={t(conflict ? "conflict.send" : label)} onCancel={onClose}>
      <PreviewResult
        {...previewState}
        field="DATAPOINTS"
        label={t("datapoints")}
        now={t("now.value", { value: number(account.datapoints) })}
        words={changed && <Difference by={Number(changed.after) - Number(changed.before)} />}
        explain={({ code }) => (code === "BELOW_MINIMUM" ? t("min.removable", { min: minimum, n: account.datapoints - minimum }) : undefined)}
      />
      {conflict && <ConflictNotice changes={conflict} preview={previewState.preview} field="DATAPOINTS" />}
      <Field
        label={t("delta")}
        name="delta"
        help={t("delta.help")}
        error={messageFor(form.errors, "delta")}
        before={<Stepper label={t("delta.step.fewer", { n: STEP })} sign={signed(-STEP)} onStep={() => step(-STEP)} />}
        after={<Stepper label={t("delta.step.more", { n: STEP })} sign={signed(STEP)} onStep={() => step(STEP)} />}
      >
        <input type="text" inputMode="text" autocomplete="off" autofocus placeholder="0" value={values.delta} onInput={(event) => set({ delta: event.currentTarget.value })} />
      </Field>
      <CommentField value={values.comment} onInput={(comment) => set({ comment })} errors={form.errors} />
    </RequestForm>
  );
}

function Stepper({ label, sign, onStep }: { label: string; sign: string; onStep: () => void }) {
  return (
    <button type="button" class="button stepper" aria-label={label} onClick={onStep}>
      {sign}
    </button>
  );
}
