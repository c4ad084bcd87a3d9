import "../styles/mail.css";
import { useClient, useQuery } from "@urql/preact";
import { useState } from "preact/hooks";
import { MAILS, SEND_MAIL_AGAIN, type LedgerMail, type MailsVariables } from "../api/operations.ts";
import { LANGUAGES, useI18n } from "../i18n/i18n.tsx";
import { errorMessage } from "../ui/callErrors.tsx";
import { useDocumentTitle } from "../ui/navigation.ts";
import { Pager } from "../ui/Pager.tsx";
import { useParams, usePaging } from "../ui/params.ts";
import { Search } from "../ui/Search.tsx";
import { EmptyState, LoadError, Skeleton } from "../ui/states.tsx";
import { useToast } from "../ui/Toasts.tsx";
import { useLastDefined } from "../ui/useLastDefined.ts";
import { MailHealth } from "./MailHealth.tsx";
import { MailState } from "./MailState.tsx";

const GROUPS = {
  troubled: ["FAILED", "UNKNOWN"],
  open: ["WAITING", "CLAIMED", "IN_DOUBT"],
  sent: ["SENT", "SENT_MAYBE_TWICE"],
  unsent: ["SKIPPED", "CANCELLED"],
} satisfies Record<string, MailsVariables["states"]>;

type Group = keyof typeof GROUPS;

/** The mail ledger and the health of mail delivery, for Customer Success. */
export function MailPage() {
  const { t } = useI18n();
  const [params, change] = useParams();
  const group: Group = params["state"] && params["state"] in GROUPS ? (params["state"] as Group) : "troubled";
  const [{ data, error, fetching }, refetch] = useQuery({
    query: MAILS,
    variables: { states: GROUPS[group], search: params["q"] ?? null, after: params["after"] ?? null },
    requestPolicy: "cache-and-network",
  });
  const latest = useLastDefined(data);
  const paging = usePaging(latest?.mails.nodes.length ?? 0, latest?.mails.pageInfo.endCursor);
  useDocumentTitle(t("mail"));
  return (
    <section class="stack" aria-busy={fetching}>
      <h1>{t("mail")}</h1>
      {error && !data && <LoadError error={error} onRetry={() => refetch({ requestPolicy: "network-only" })} />}
      {!latest && !error && <Skeleton />}
      {latest && <MailHealth health={latest.mailHealth} />}
      {(latest || error) && (
        <div class="toolbar">
          <div class="segments mail-groups" role="group" aria-label={t("mail.state")}>
            {(Object.keys(GROUPS) as Group[]).map((name) => (
              <button key={name} type="button" aria-pressed={name === group} onClick={() => change({ state: name })}>
                {t(`mail.group.${name}`)}
              </button>
            ))}
          </div>
          <Search label={t("mail.search")} value={params["q"] ?? ""} onSearch={(q) => change({ q }, "replace")} />
        </div>
      )}
      {latest?.mails.totalCount === 0 && <EmptyState>{t(params["q"] ? "mail.nothing.found" : "mail.nothing")}</EmptyState>}
      {latest && latest.mails.totalCount > 0 && (
        <>
          <Ledger mails={latest.mails.nodes} dimmed={fetching} />
          <Pager
            before={paging.before}
            shown={latest.mails.nodes.length}
            total={latest.mails.totalCount}
            hasNext={latest.mails.pageInfo.hasNextPage}
            onPrevious={paging.previous}
            onNext={paging.next}
          />
        </>
      )}
    </section>
  );
}

function Ledger({ mails, dimmed }: { mails: readonly LedgerMail[]; dimmed: boolean }) {
  const { t } = useI18n();
  return (
    <table class={dimmed ? "table dimmed" : "table"} role="table">
      <thead role="rowgroup">
        <tr role="row">
          {(["mail.about", "mail.to", "mail.state", "mail.due", "mail.read"] as const).map((key) => (
            <th key={key} role="columnheader" scope="col">
              {t(key)}
            </th>
          ))}
          <th role="columnheader" scope="col" class="narrow">
            <span class="visually-hidden">{t("actions")}</span>
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {mails.map((mail) => (
          <Row key={mail.id} mail={mail} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ mail }: { mail: LedgerMail }) {
  const { t, instant, ago } = useI18n();
  return (
    <tr role="row">
      <th role="rowheader" scope="row">
        {mail.account ? <a href={`/management/accounts/${mail.account.id}`}>{mail.account.name}</a> : t(`mail.kind.${mail.kind}`)}
        <small class="muted">
          {mail.account && t(`mail.kind.${mail.kind}`)}
          {mail.milestone && ` · ${t(`milestone.${mail.milestone}`)}`}
        </small>
      </th>
      <td role="cell" data-label={t("mail.to")}>
        {mail.recipient.name}
      </td>
      <td role="cell" class="text" data-label={t("mail.state")}>
        <span>
          <MailState state={mail.state} />
          {mail.reason && <small class="muted mail-reason">{mail.reason.message}</small>}
          {mail.reply && mail.state !== "SENT" && <small class="muted mail-reason">{mail.reply}</small>}
        </span>
      </td>
      <td role="cell" data-label={t("mail.due")}>
        <time dateTime={mail.endedAt ?? mail.dueAt} title={instant(mail.endedAt ?? mail.dueAt)}>
          {ago(mail.endedAt ?? mail.dueAt)}
        </time>
      </td>
      <td role="cell" data-label={t("mail.read")}>
        <span class="languages">
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <a key={code} href={`/mails/${mail.id}?language=${code.toLowerCase()}`} target="_blank" rel="noreferrer" hreflang={code.toLowerCase()} aria-label={t("mail.read.in", { language: name })}>
              {code.toLowerCase()}
            </a>
          ))}
        </span>
      </td>
      <td role="cell" class="narrow">
        {mail.canBeSentAgain && <SendAgain mail={mail} />}
      </td>
    </tr>
  );
}

function SendAgain({ mail }: { mail: LedgerMail }) {
  const i18n = useI18n();
  const { t } = i18n;
  const client = useClient();
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  const send = async () => {
    if (busy) return;
    setBusy(true);
    const { data, error } = await client.mutation(SEND_MAIL_AGAIN, { id: mail.id }).toPromise();
    setBusy(false);
    const refused = data?.sendMailAgain.errors[0]?.message;
    toast(error ? errorMessage(i18n, error) : (refused ?? t("mail.again.done", { name: mail.recipient.name })));
  };
  return (
    <button type="button" class="button" aria-busy={busy} aria-label={t("mail.again.to", { name: mail.recipient.name })} onClick={() => void send()}>
      {t("mail.again")}
    </button>
  );
}
