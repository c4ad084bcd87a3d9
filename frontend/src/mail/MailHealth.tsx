import type { ComponentChildren } from "preact";
import type { Health } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { Icon } from "../ui/icons.tsx";

/** The health of mail delivery: waiting mails, the state of each SMTP host, and the results of the last day. */
export function MailHealth({ health }: { health: Health }) {
  const { t, ago, number } = useI18n();
  const waiting = health.open.reduce((sum, { count }) => sum + count, 0);
  const ended = (state: Health["open"][number]["state"]) => health.endedInLastDay.find((one) => one.state === state)?.count ?? 0;
  return (
    <>
      {health.trouble && (
        <div class="notice notice-bad" role="status">
          <Icon name="warning" />
          <div>{t("mail.trouble")}</div>
        </div>
      )}
      <dl class="card key-facts">
        <Metric label={t("mail.waiting")}>
          {number(waiting)}
          {health.oldestDueAt && <small class="muted">{t("mail.oldest", { ago: ago(health.oldestDueAt) })}</small>}
        </Metric>
        <Metric label={t("mail.sent.day")}>{number(ended("SENT") + ended("SENT_MAYBE_TWICE"))}</Metric>
        <Metric label={t("mail.failed.day")}>{number(ended("FAILED") + ended("UNKNOWN"))}</Metric>
        <Metric label={t("mail.planned")}>{health.plannedAt ? ago(health.plannedAt) : t("mail.never")}</Metric>
      </dl>
      {health.hosts.map((host) => (
        <Host key={host.name} host={host} />
      ))}
    </>
  );
}

function Metric({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd class="key-fact">{children}</dd>
    </div>
  );
}

function Host({ host }: { host: Health["hosts"][number] }) {
  const { t, instant } = useI18n();
  return (
    <div class={host.pausedUntil ? "notice notice-bad" : "notice mail-host"}>
      <Icon name={host.pausedUntil ? "warning" : "check"} />
      <div>
        <p>
          <strong>{host.name}</strong> · {host.pausedUntil ? t("mail.host.paused", { at: instant(host.pausedUntil), n: host.faults }) : t("mail.host.serves")}
        </p>
        {host.lastFault && host.lastFaultAt && (
          <small class="muted">{t("mail.host.last", { at: instant(host.lastFaultAt), fault: host.lastFault })}</small>
        )}
      </div>
    </div>
  );
}
