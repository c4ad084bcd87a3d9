import { useQuery } from "@urql/preact";
import { EXPIRING } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { useViewer } from "../session/session.tsx";
import { Icon } from "../ui/icons.tsx";
import { daysAfter, SOON_DAYS } from "./expiring.ts";

/** How many accounts want renewing, for a SuperAdmin; undefined until it is known. */
export function useExpiringSoon(): number | undefined {
  const { can, organisation } = useViewer();
  const [{ data, error }] = useQuery({ query: EXPIRING, variables: { to: daysAfter(organisation?.today, SOON_DAYS) }, pause: !can.manageAccounts });
  return error || !can.manageAccounts ? 0 : data?.accounts.totalCount;
}

/** Tells which accounts want renewing, when there are any. */
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
