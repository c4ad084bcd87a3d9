import type { ChangeRequestDetails } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { CurrentReminders } from "../mail/ReminderLog.tsx";

/** What else a decision needs: the client's total, the account's last events and its reminders. */
export function RequestContext({ request }: { request: ChangeRequestDetails }) {
  const { t, ago, instant, number } = useI18n();
  const { account, clientTotal } = request;
  const earlier = account?.timeline.nodes.filter((event) => event.request.id !== request.id).slice(0, 3) ?? [];
  return (
    <section class="context" aria-label={t("context")}>
      <dl class="facts">
        <dt>{t("client.short")}</dt>
        <dd>
          {clientTotal.accounts === 0
            ? t("client.new", { name: clientTotal.clientName })
            : t("client.total", { name: clientTotal.clientName, accounts: clientTotal.accounts, datapoints: number(clientTotal.datapoints) })}
        </dd>
        {account && (
          <>
            <dt>{t("earlier")}</dt>
            <dd>
              {earlier.length === 0 && <span class="muted">{t("earlier.none")}</span>}
              <ul>
                {earlier.map((event) => (
                  <li key={event.id}>
                    {t(`event.${event.kind}`, { who: event.by.name, what: t(`type.${event.request.type}`) })}{" "}
                    <time class="muted" dateTime={event.at} title={instant(event.at)}>
                      {ago(event.at)}
                    </time>
                  </li>
                ))}
              </ul>
              <a href={`/management/accounts/${account.id}`}>{t("account.view")}</a>
            </dd>
            <dt>{t("reminders.short")}</dt>
            <dd>
              <CurrentReminders id={account.id} />
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}
