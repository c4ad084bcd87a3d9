import { useQuery } from "@urql/preact";
import { EXPIRING } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { useViewer } from "../session/session.tsx";
import { Icon } from "../ui/icons.tsx";
import { daysAfter, SOON } from "./expiring.ts";

/** Tells a SuperAdmin which accounts want renewing, when there are any. */
export function ExpiringSoon() {
  const { t } = useSpeech();
  const { organisation } = useViewer();
  const [{ data }] = useQuery({ query: EXPIRING, variables: { to: daysAfter(organisation?.today, SOON) } });
  const n = data?.accounts.totalCount ?? 0;
  if (n === 0) return null;
  return (
    <div class="notice">
      <Icon name="clock" />
      <div>{t("expiring.soon", { n })}</div>
      <a class="button" href={`/management/active?expires=${SOON}d&sort=expires`}>
        {t("expiring.review")}
      </a>
    </div>
  );
}
