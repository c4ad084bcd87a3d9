import { useQuery } from "@urql/preact";
import { useState } from "preact/hooks";
import { REQUEST_ACTIONS } from "../accounts/AccountMenu.tsx";
import { CATALOGUE, type Account, type Change, type UserError } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Comment, Field } from "../ui/Field.tsx";
import { useToast } from "../ui/Toasts.tsx";
import { Icon } from "../ui/icons.tsx";
import { wholeNumber } from "./numbers.ts";
import { PreviewBox } from "./PreviewBox.tsx";
import { errorAt, RequestForm } from "./RequestForm.tsx";
import { useFiling, usePreview } from "./useFiling.ts";

interface FormProps {
  account: Account;
  onClose: () => void;
}

const FORMS = { datapoints: DatapointsForm, license: LicenceForm, renew: RenewalForm };

/** The dialog of one of the row menu's three requests; nothing for any other word. */
export function RequestDialog({ account, action, onClose }: FormProps & { action: string | undefined }) {
  const { t } = useSpeech();
  const known = REQUEST_ACTIONS.find((entry) => entry.action === action);
  if (!known) return null;
  const Form = FORMS[known.action];
  const reason = account.allowedActions.find((allowed) => allowed.action === known.api)?.reason;
  return (
    <Dialog title={`${t(known.label)} · ${account.name}`} onClose={onClose}>
      {reason ? (
        <div class="notice">
          <Icon name="clock" />
          <p>{reason.message}</p>
        </div>
      ) : (
        <Form account={account} onClose={onClose} />
      )}
    </Dialog>
  );
}

/** Comment, preview and sending, which all three forms share. */
function useRequest(change: Change | undefined, onClose: () => void) {
  const { t } = useSpeech();
  const toast = useToast();
  const filing = useFiling();
  const preview = usePreview(change);
  const submit = async (missing: string) => {
    setMissing(change ? "" : missing);
    if (change && (await filing.file(change))) {
      toast(t("sent"));
      onClose();
    }
  };
  const [missing, setMissing] = useState("");
  return { ...filing, preview, submit, missing };
}

function CommentField({ value, onInput, errors }: { value: string; onInput: (text: string) => void; errors: readonly UserError[] }) {
  const { t } = useSpeech();
  const [{ data }] = useQuery({ query: CATALOGUE });
  const max = data?.catalogue.limits.maxCommentLength ?? 500;
  return <Comment name="comment" label={t("comment")} optional value={value} max={max} error={errorAt(errors, "comment")} onInput={onInput} />;
}

function DatapointsForm({ account, onClose }: FormProps) {
  const { t, number } = useSpeech();
  const [typed, setTyped] = useState("");
  const [comment, setComment] = useState("");
  const delta = wholeNumber(typed);
  const request = useRequest(delta === undefined ? undefined : { datapoints: { accountId: account.id, delta, comment } }, onClose);
  return (
    <RequestForm
      {...request}
      submitLabel={t(delta !== undefined && delta < 0 ? "request.reduction" : "request.extension.datapoints")}
      onSubmit={() => void request.submit(t("delta.invalid"))}
      onCancel={onClose}
    >
      <p class="soft">{t("now.value", { value: number(account.datapoints) })}</p>
      <Field label={t("delta")} name="delta" help={t("delta.help")} error={request.missing || errorAt(request.errors, "delta")}>
        <input type="text" inputMode="text" autocomplete="off" autofocus value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
      </Field>
      <PreviewBox preview={request.preview} note={delta ? t(delta < 0 ? "delta.fewer" : "delta.more", { n: Math.abs(delta) }) : undefined} />
      <CommentField value={comment} onInput={setComment} errors={request.errors} />
    </RequestForm>
  );
}

function LicenceForm({ account, onClose }: FormProps) {
  const { t } = useSpeech();
  const [chosen, setChosen] = useState<string>();
  const [comment, setComment] = useState("");
  const [{ data }] = useQuery({ query: CATALOGUE });
  const request = useRequest(chosen ? { licence: { accountId: account.id, licence: chosen, comment } } : undefined, onClose);
  return (
    <RequestForm {...request} submitLabel={t("request.extension.license")} onSubmit={() => void request.submit(t("required"))} onCancel={onClose}>
      <LicenceChoice
        licences={data?.catalogue.licences ?? []}
        current={account.licence}
        chosen={chosen}
        error={request.missing || errorAt(request.errors, "licence")}
        onChoose={setChosen}
      />
      <PreviewBox preview={request.preview} />
      <CommentField value={comment} onInput={setComment} errors={request.errors} />
    </RequestForm>
  );
}

interface LicenceChoiceProps {
  licences: readonly { code: string; name: string; rank: number }[];
  current?: { code: string; rank: number };
  chosen: string | undefined;
  error?: string | undefined;
  onChoose: (code: string) => void;
}

/** The licences as cards; the current one is marked and cannot be chosen. */
export function LicenceChoice({ licences, current, chosen, error, onChoose }: LicenceChoiceProps) {
  const { t } = useSpeech();
  return (
    <fieldset class="choices" aria-invalid={error ? true : undefined}>
      <legend>{t("license")}</legend>
      {licences.map((licence) => (
        <label key={licence.code} class="choice">
          <input type="radio" name="licence" value={licence.code} checked={chosen === licence.code} disabled={licence.code === current?.code} onChange={() => onChoose(licence.code)} />
          <span>{licence.name}</span>
          {current && (
            <small class="soft">{t(licence.code === current.code ? "license.current" : licence.rank > current.rank ? "license.up" : "license.down")}</small>
          )}
        </label>
      ))}
      {error && <div class="field-error">{error}</div>}
    </fieldset>
  );
}

function RenewalForm({ account, onClose }: FormProps) {
  const { t } = useSpeech();
  const [{ data }] = useQuery({ query: CATALOGUE });
  const limits = data?.catalogue.limits;
  const [typed, setTyped] = useState("12");
  const [comment, setComment] = useState("");
  const periodMonths = wholeNumber(typed);
  const request = useRequest(periodMonths === undefined ? undefined : { renewal: { accountId: account.id, periodMonths, comment } }, onClose);
  return (
    <RequestForm {...request} submitLabel={t("request.renewal")} onSubmit={() => void request.submit(t("number.invalid"))} onCancel={onClose}>
      {account.zone === "EXPIRED" && <p class="soft">{t("renew.late")}</p>}
      <Field label={t("period")} name="periodMonths" help={limits && `${limits.minPeriodMonths}–${limits.maxPeriodMonths}`} error={request.missing || errorAt(request.errors, "periodMonths")}>
        <input type="text" inputMode="numeric" autocomplete="off" autofocus value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
      </Field>
      <PreviewBox preview={request.preview} />
      <CommentField value={comment} onInput={setComment} errors={request.errors} />
    </RequestForm>
  );
}
