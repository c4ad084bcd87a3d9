import "../styles/mail.css";
import { useQuery } from "@urql/preact";
import { REMINDERS, type Reminder } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { useViewer } from "../session/session.tsx";
import { LoadError, Skeleton } from "../ui/states.tsx";
import { MailState } from "./MailState.tsx";

/** Terms shown, the present one included. */
const SHOWN_TERMS = 3;

/** The reminders of an account by term: sent, planned and skipped ones. */
export function ReminderLog({ id }: { id: string }) {
  const { t, date } = useI18n();
  const { can } = useViewer();
  const [{ data, error }, refetch] = useQuery({ query: REMINDERS, variables: { id, terms: SHOWN_TERMS } });
  const reminders = data?.account?.reminders;
  return (
    <section class="card stack">
      <h2>{t("reminders")}</h2>
      {error && !reminders && <LoadError error={error} onRetry={() => refetch({ requestPolicy: "network-only" })} />}
      {!reminders && !error && <Skeleton />}
      {reminders?.length === 0 && <p class="muted">{t("reminders.nobody")}</p>}
      {groupByTerm(reminders ?? []).map(([expiresOn, reminders]) => (
        <div key={expiresOn}>
          <h3 class="reminders-term">{t("reminders.term", { date: date(expiresOn) })}</h3>
          <ReminderList reminders={reminders} />
        </div>
      ))}
      {can.tendMail && (
        <p>
          <a href="/mail">{t("mail")}</a>
        </p>
      )}
    </section>
  );
}

/** The reminders of the present term; nothing while they load. */
export function CurrentReminders({ id }: { id: string }) {
  const { t } = useI18n();
  const [{ data }] = useQuery({ query: REMINDERS, variables: { id, terms: 1 } });
  const reminders = data?.account?.reminders;
  if (!reminders) return null;
  return reminders.length === 0 ? <span class="muted">{t("reminders.nobody")}</span> : <ReminderList reminders={reminders} />;
}

function ReminderList({ reminders }: { reminders: readonly Reminder[] }) {
  return (
    <ul class="reminders">
      {reminders.map((reminder) => (
        <ReminderItem key={`${reminder.milestone} ${reminder.recipient.id}`} reminder={reminder} />
      ))}
    </ul>
  );
}

function ReminderItem({ reminder }: { reminder: Reminder }) {
  const { t, instant } = useI18n();
  const when = reminder.state === "SENT" || reminder.state === "SENT_MAYBE_TWICE" ? (reminder.endedAt ?? reminder.dueAt) : reminder.dueAt;
  return (
    <li class="reminder">
      <span>
        {t(`milestone.${reminder.milestone}`)}
        <small class="muted">
          {reminder.recipient.name} · <time dateTime={when}>{instant(when)}</time>
        </small>
        {reminder.reason && <small class="muted">{reminder.reason.message}</small>}
      </span>
      <MailState state={reminder.state} planned={!reminder.recorded} />
    </li>
  );
}

/** Groups reminders by term, in the server's order. */
function groupByTerm(reminders: readonly Reminder[]): [string, Reminder[]][] {
  const terms = new Map<string, Reminder[]>();
  for (const reminder of reminders) terms.set(reminder.expiresOn, [...(terms.get(reminder.expiresOn) ?? []), reminder]);
  return [...terms];
}
