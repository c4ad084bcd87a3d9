import { useQuery } from "@urql/preact";
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { CATALOGUE, type Change } from "../api/operations.ts";
import { useSpeech, type Key } from "../i18n/i18n.tsx";
import { useViewer } from "../session/session.tsx";
import { Comment, Field } from "../ui/Field.tsx";
import { Skeleton } from "../ui/states.tsx";
import { useToast } from "../ui/Toasts.tsx";
import { LicenceChoice } from "./LicenceChoice.tsx";
import { wholeNumber } from "./numbers.ts";
import { PreviewBox } from "./PreviewBox.tsx";
import { errorAt, RequestForm } from "./RequestForm.tsx";
import { useFiling } from "./useFiling.ts";
import { usePreview } from "./usePreview.ts";

interface Typed {
  accountName: string;
  clientName: string;
  licence: string;
  datapoints: string;
  periodMonths: string;
  sector: string;
  country: string;
  rtcLines: string;
  mailDomain: string;
  comment: string;
}

/** The form for a new account, with what it would become beside it. */
export function NewAccountPage() {
  const { t } = useSpeech();
  const { route } = useLocation();
  const { organisation } = useViewer();
  const toast = useToast();
  const filing = useFiling();
  const [{ data }] = useQuery({ query: CATALOGUE });
  const [typed, setTyped] = useState<Typed>({
    accountName: "",
    clientName: "",
    licence: "",
    datapoints: "20",
    periodMonths: "12",
    sector: "",
    country: organisation?.country.code ?? "",
    rtcLines: "0",
    mailDomain: "",
    comment: "",
  });
  const [missing, setMissing] = useState<Partial<Record<keyof Typed, string>>>({});
  const catalogue = data?.catalogue;
  const hasRtcLines = catalogue?.countries.find((country) => country.code === typed.country)?.hasRtcLines ?? false;
  const change = completed(typed, hasRtcLines);
  const { preview } = usePreview(change);

  const set = (changes: Partial<Typed>) => setTyped((before) => ({ ...before, ...changes }));
  const error = (field: keyof Typed) => missing[field] ?? errorAt(filing.errors, field);
  const text = (field: keyof Typed, label: Key, inputMode: "text" | "numeric" = "text", help?: string) => (
    <Field label={t(label)} name={field} help={help} error={error(field)}>
      <input type="text" inputMode={inputMode} autocomplete="off" value={typed[field]} onInput={(event) => set({ [field]: event.currentTarget.value })} />
    </Field>
  );
  const choice = (field: keyof Typed, label: Key, options: readonly { code: string; name: string }[], none: string) => (
    <Field label={t(label)} name={field} error={error(field)}>
      <select value={typed[field]} onChange={(event) => set({ [field]: event.currentTarget.value })}>
        <option value="">{none}</option>
        {options.map((option) => (
          <option key={option.code} value={option.code}>
            {option.name}
          </option>
        ))}
      </select>
    </Field>
  );

  const submit = async () => {
    const gaps = missingIn(typed, t("required"), t("number.invalid"));
    setMissing(gaps);
    const first = Object.keys(gaps)[0];
    if (first) return document.querySelector<HTMLElement>(`[name=${first}]`)?.focus();
    if (change && (await filing.file(change))) {
      toast(t("sent"));
      route("/management/applications");
    }
  };

  if (!catalogue) return <Skeleton />;
  const { limits } = catalogue;
  return (
    <>
      <p>
        <a href="/management/active">← {t("section")}</a>
      </p>
      <h1>{t("create")}</h1>
      <div class="columns form-columns">
        <section class="card">
          <RequestForm {...filing} submitLabel={t("create")} onSubmit={() => void submit()}>
            {text("accountName", "name")}
            {text("clientName", "client")}
            <LicenceChoice licences={catalogue.licences} chosen={typed.licence} error={error("licence")} onChoose={(licence) => set({ licence })} />
            {text("datapoints", "datapoints.create", "numeric", `≥ ${limits.minDatapoints}`)}
            {text("periodMonths", "period", "numeric", `${limits.minPeriodMonths}–${limits.maxPeriodMonths}`)}
            {choice("sector", "sector", catalogue.sectors, "–")}
            {choice("country", "country", catalogue.countries, "–")}
            {hasRtcLines && text("rtcLines", "rtc", "numeric", t("rtc.help"))}
            {choice(
              "mailDomain",
              "domain",
              catalogue.mailDomains.map((domain) => ({ code: domain, name: domain })),
              t("domain.none"),
            )}
            <Comment name="comment" label={t("comment")} optional value={typed.comment} max={limits.maxCommentLength} error={error("comment")} onInput={(comment) => set({ comment })} />
          </RequestForm>
        </section>
        <aside class="card summary">
          <h2>{t("summary")}</h2>
          {preview ? (
            <>
              <PreviewBox preview={preview} />
              <p class="soft">{t("summary.note")}</p>
            </>
          ) : (
            <p class="soft">{t("summary.empty")}</p>
          )}
        </aside>
      </div>
    </>
  );
}

/** The change that the form asks for, once it can be read. */
function completed(typed: Typed, hasRtcLines: boolean): Change | undefined {
  const datapoints = wholeNumber(typed.datapoints);
  const periodMonths = wholeNumber(typed.periodMonths);
  const rtcLines = hasRtcLines ? wholeNumber(typed.rtcLines) : 0;
  if (datapoints === undefined || periodMonths === undefined || rtcLines === undefined) return undefined;
  if (!typed.accountName.trim() || !typed.clientName.trim() || !typed.licence || !typed.sector || !typed.country) return undefined;
  return { newAccount: { ...typed, datapoints, periodMonths, rtcLines, mailDomain: typed.mailDomain || null } };
}

/** The fields that keep the form from being sent, in the form's order. */
function missingIn(typed: Typed, required: string, number: string): Partial<Record<keyof Typed, string>> {
  const empty = (["accountName", "clientName", "licence", "sector", "country"] as const).filter((field) => !typed[field].trim());
  const unreadable = (["datapoints", "periodMonths", "rtcLines"] as const).filter((field) => wholeNumber(typed[field]) === undefined);
  const order = Object.keys(typed) as (keyof Typed)[];
  const gaps = new Map<keyof Typed, string>([...empty.map((field) => [field, required] as const), ...unreadable.map((field) => [field, number] as const)]);
  return Object.fromEntries(order.filter((field) => gaps.has(field)).map((field) => [field, gaps.get(field)!]));
}
