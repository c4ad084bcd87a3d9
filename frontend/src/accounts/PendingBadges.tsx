import type { Account } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { useViewer } from "../session/session.tsx";

/** A badge for each pending request of an account, linked to the request. */
export function PendingBadges({ account }: { account: Account }) {
  const { t } = useI18n();
  const { can } = useViewer();
  return (
    <>
      {account.pendingRequests.map(({ id, type }) => (
        <a key={id} class="badge pending" href={`${can.decideRequests ? "/queue" : "/management/applications"}/${id}`}>
          {t("pending.badge", { type: t(`type.${type}`) })}
        </a>
      ))}
    </>
  );
}
