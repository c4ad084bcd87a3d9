import "../../styles/new-account.css";
import { useQuery } from "@urql/preact";
import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { useClients } from "../../accounts/ClientFilter.tsx";
import { ACCOUNT_TO_CHANGE, CATALOGUE, type Catalogue, type FieldChange, type Preview } from "../../api/operations.ts";
import { useI18n, type MessageKey } from "../../i18n/i18n.tsx";
import { useViewer } from "../../session/session.tsx";
import { LiveRegion } from "../../ui/LiveRegion.tsx";
import { Combobox } from "../../ui/Combobox.tsx";
import { TextAreaWithCount, Field } from "../../ui/Field.tsx";
import { Icon } from "../../ui/icons.tsx";
import { NavigationGuard } from "../../ui/NavigationGuard.tsx";
import { useDocumentTitle } from "../../ui/navigation.ts";
import { LoadError, Skeleton } from "../../ui/states.tsx";
import { useDraft } from "../../ui/useDraft.ts";
import { useLastDefined } from "../../ui/useLastDefined.ts";
import { Changes } from "../Changes.tsx";
import { LicenceChoice } from "../LicenceChoice.tsx";
import { messageFor, RequestForm, type FormProblem } from "../RequestForm.tsx";
import { useFiling } from "../useFiling.ts";
import { usePreview } from "../usePreview.ts";
import { useSentToast } from "../useSentToast.ts";
import { useFieldFormat } from "../useFieldFormat.ts";
import { toChange, emptyForm, copiedForm, fieldProblems, hasRtcLines, type FieldName, type NewAccountValues } from "./newAccountValues.ts";

/** The page to request a new account; the query parameter ``like`` has the id of an account to copy. */
export function NewAccountPage() {
  const { t } = useI18n();
  const { organisation } = useViewer();
  const like = useLocation().query["like"];
  const [catalogue, refetch] = useQuery({ query: CATALOGUE });
  const [model] = useQuery({ query: ACCOUNT_TO_CHANGE, variables: { id: like ?? "" }, pause: !like });
  useDocumentTitle(t("create"));
  const choices = catalogue.data?.catalogue;
  const isReady = choices && (!like || model.data || model.error);
  const empty = choices && emptyForm(choices, organisation?.country.code ?? "");
  const account = model.data?.account;
  return (
    <>
      <div>
        <a class="back-link" href="/management/active">
          <Icon name="back" />
          {t("section")}
        </a>
        <h1>{t("create")}</h1>
        {account && <p class="muted">{t("new.like", { name: account.name })}</p>}
      </div>
      {catalogue.error && !choices && <LoadError error={catalogue.error} onRetry={() => refetch({ requestPolicy: "network-only" })} />}
      {!isReady && !catalogue.error && <Skeleton />}
      {isReady && empty && <NewAccountForm key={like} draft={`new-account:${account?.id ?? ""}`} choices={choices} empty={account ? copiedForm(account, empty) : empty} />}
    </>
  );
}

interface NewAccountFormProps {
  /** The key of the stored draft. */
  draft: string;
  choices: Catalogue;
  empty: NewAccountValues;
}

/** The form for a new account beside its preview. Broken rules are shown at a field after it has lost the focus. */
function NewAccountForm({ draft: name, choices, empty }: NewAccountFormProps) {
  const { t, date } = useI18n();
  const { route } = useLocation();
  const showSentToast = useSentToast();
  const filing = useFiling();
  const { values, set, clear } = useDraft(name, empty);
  const [visited, setVisited] = useState<ReadonlySet<FieldName>>(new Set());
  const [problems, setProblems] = useState<readonly FormProblem[]>([]);
  const [isSent, setIsSent] = useState(false);
  const clients = useClients(values.clientName);
  const problemOf = fieldProblems(values, choices);
  const change = toChange(values, choices);
  const { preview, current } = usePreview(change);
  const judgedValues = useLastDefined(current ? values : undefined);
  const isComplete = Object.keys(problemOf).length === 0;
  const isChanged = JSON.stringify(values) !== JSON.stringify(empty);
  const isInSpain = hasRtcLines(values, choices);
  const end = preview?.changes.find(({ field }) => field === "EXPIRES_ON")?.after;
  // A rule that was checked for another value is not shown.
  const isJudged = (field: FieldName) => !problemOf[field] && judgedValues?.[field] === values[field];
  const brokenRules = preview?.rules.filter(({ holds, field }) => !holds && field && isJudged(field as FieldName)) ?? [];

  useEffect(() => {
    if (!isInSpain && values.rtcLines !== "0") set({ rtcLines: "0" });
  }, [isInSpain]);

  const markVisited = (field: FieldName) => setVisited((before) => new Set(before).add(field));
  const errorOf = (field: FieldName): string | undefined =>
    messageFor(problems, field) ?? messageFor(filing.errors, field) ?? (visited.has(field) ? brokenRules.find((problem) => problem.field === field)?.message : undefined);
  const enter = (changes: Partial<NewAccountValues>) => {
    setProblems((before) => before.filter(({ field }) => !(field && field in changes)));
    set(changes);
  };
  const submit = async () => {
    const before = (Object.keys(values) as FieldName[]).flatMap((field) => {
      const fieldProblem = problemOf[field];
      return fieldProblem ? [{ field, message: t(fieldProblem === "required" ? REQUIRED_MESSAGES[field]! : fieldProblem) }] : [];
    });
    setProblems(before);
    if (before.length > 0) return;
    const request = await filing.file(change);
    if (!request) return;
    setIsSent(true);
    clear();
    showSentToast(request);
    route(`/management/applications?new=${request.id}`);
  };

  const text = (field: FieldName, label: MessageKey, help?: string) => (
    <Field label={t(label)} name={field} help={help} error={errorOf(field)}>
      <input type="text" autocomplete="off" value={values[field]} onInput={(event) => enter({ [field]: event.currentTarget.value })} onBlur={() => markVisited(field)} />
    </Field>
  );
  const number = (field: FieldName, label: MessageKey, help?: string) => (
    <Field label={t(label)} name={field} help={help} error={errorOf(field)}>
      <input class="short" type="text" inputMode="numeric" autocomplete="off" value={values[field]} onInput={(event) => enter({ [field]: event.currentTarget.value })} onBlur={() => markVisited(field)} />
    </Field>
  );
  const choice = (field: FieldName, label: MessageKey, options: readonly { code: string; name: string }[], none: string) => (
    <Field label={t(label)} name={field} error={errorOf(field)}>
      <select value={values[field]} onChange={(event) => enter({ [field]: event.currentTarget.value })}>
        <option value="">{none}</option>
        {options.map((option) => (
          <option key={option.code} value={option.code}>
            {option.name}
          </option>
        ))}
      </select>
    </Field>
  );

  const { limits } = choices;
  return (
    <section class="card new-account">
      <NavigationGuard active={isChanged && !isSent} />
      <LiveRegion text={isInSpain ? t("rtc.asked") : t("rtc.cleared")} />
      <RequestForm {...filing} errors={problems.length > 0 ? problems : filing.errors} submitLabel={t("create")} onSubmit={() => void submit()} {...(isChanged && { onCancel: clear, cancelLabel: t("new.again") })}>
        {text("accountName", "name")}
        <Field label={t("client")} name="clientName" error={errorOf("clientName")}>
          <Combobox label={t("client")} value={values.clientName} options={clients} onType={(clientName) => enter({ clientName })} onChoose={(clientName) => enter({ clientName })} onLeave={() => markVisited("clientName")} />
        </Field>
        <LicenceChoice licences={choices.licences} chosen={values.licence} error={errorOf("licence")} onChoose={(licence) => enter({ licence })} />
        {number("datapoints", "datapoints.create", t("min", { min: limits.minDatapoints }))}
        {number("periodMonths", "period", end && !problemOf.periodMonths ? t("new.ends", { date: date(end) }) : t("period.help", { min: limits.minPeriodMonths, max: limits.maxPeriodMonths }))}
        {choice("sector", "sector", choices.sectors, t("choose"))}
        {choice("country", "country", choices.countries, t("choose"))}
        {isInSpain && number("rtcLines", "rtc", t("rtc.help"))}
        {choice(
          "mailDomain",
          "domain",
          choices.mailDomains.map((domain) => ({ code: domain, name: domain })),
          t("domain.none"),
        )}
        <TextAreaWithCount name="comment" label={t("comment")} optional value={values.comment} max={limits.maxCommentLength} error={errorOf("comment")} onInput={(comment) => enter({ comment })} />
        <NewAccountSummary preview={isComplete ? preview : undefined} />
      </RequestForm>
    </section>
  );
}

/** The messages for required fields that are empty. */
const REQUIRED_MESSAGES: Partial<Record<FieldName, MessageKey>> = {
  accountName: "new.needs.name",
  clientName: "new.needs.client",
  licence: "new.needs.licence",
  sector: "new.needs.sector",
  country: "new.needs.country",
};

/** The preview of the account, as a sentence and as a list. */
function NewAccountSummary({ preview }: { preview: Preview | undefined }) {
  const { t } = useI18n();
  const value = useFieldFormat();
  const after = (field: FieldChange["field"]) => preview?.changes.find((change) => change.field === field)?.after ?? null;
  const format = (field: FieldChange["field"]) => value(field, after(field));
  const isKnown = preview && preview.changes.length > 0;
  return (
    <aside class="summary" aria-label={t("summary")}>
      <h2>{t("summary")}</h2>
      <output aria-live="polite">
        {isKnown
          ? t("new.sentence", {
              name: format("NAME"),
              client: format("CLIENT_NAME"),
              licence: format("LICENCE"),
              datapoints: Number(after("DATAPOINTS")),
              from: format("STARTS_ON"),
              to: format("EXPIRES_ON"),
            })
          : t("summary.empty")}
      </output>
      {isKnown && <Changes changes={preview.changes} />}
      <p class="muted">{t("summary.note")}</p>
    </aside>
  );
}
