import { useQuery } from "@urql/preact";
import { EXPIRING } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { useViewer } from "../session/session.tsx";
import { Icon } from "../ui/icons.tsx";
import { daysAfter, SOON_DAYS } from "./expiring.ts";

/** The number of accounts that expire soon; 0 for viewers who cannot renew and after an error, undefined while it loads. */
export function useExpiringSoon(): number | undefined {
  const { can, organisation } = useViewer();
  const [{ data, error }] = useQuery({ query: EXPIRING, variables: { to: daysAfter(organisation?.today, SOON_DAYS) }, pause: !can.manageAccounts });
  return error || !can.manageAccounts ? 0 : data?.accounts.totalCount;
}

/** A notice with a link to the accounts that expire soon. */
export function ExpiringSoon({ n }: { n: number }) {
  const { t } = useI18n();
  if (n === 0) return null;
  return (
    <div class="notice">
      <Icon name="clock" />
      <div>{t("expiring.soon", { n })}</div>
      <a class="button" href={`/management/active?expires=${SOON_DAYS}d&sort=expires`}>
        {t("expiring.review")}
      </a>
    </div>
  );
}
