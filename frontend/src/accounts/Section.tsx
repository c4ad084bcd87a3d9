import "../styles/section.css";
import { useQuery } from "@urql/preact";
import { ZONE_COUNTS } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { useViewer } from "../session/session.tsx";
import { LiveRegion } from "../ui/LiveRegion.tsx";
import { Icon } from "../ui/icons.tsx";
import { lazy } from "../ui/lazy.tsx";
import { MessagePage } from "../ui/states.tsx";
import { useDocumentTitle } from "../ui/navigation.ts";
import { useLastDefined } from "../ui/useLastDefined.ts";
import { AccountsZone } from "./AccountsZone.tsx";

const Applications = lazy(async () => (await import("../requests/Applications.tsx")).Applications);

const ZONES = ["active", "expired", "applications"] as const;

/** The account-management section: a tab for each of its three zones, with counts. */
export function Section({ zone }: { zone?: string }) {
  const { t, number } = useI18n();
  const { can } = useViewer();
  const [{ data }] = useQuery({ query: ZONE_COUNTS });
  const counts = useLastDefined(data)?.zoneCounts;
  const zoneName = ZONES.find((name) => name === zone);
  useDocumentTitle(t(zoneName ? `zone.${zoneName}` : "notfound"));
  if (!zoneName) {
    return (
      <MessagePage title={t("notfound")}>
        <a class="button" href="/management/active">
          {t("section")}
        </a>
      </MessagePage>
    );
  }
  return (
    <>
      <div class="page-head">
        <h1>{t(can.manageAccounts ? "section" : "queue.accounts")}</h1>
        {can.manageAccounts && (
          <a class="button primary" href="/management/new">
            <Icon name="plus" />
            {t("create.open")}
          </a>
        )}
      </div>
      <nav class="zones" aria-label={t("zones")}>
        {ZONES.map((name) => (
          <a key={name} href={`/management/${name}`} aria-current={name === zoneName ? "page" : undefined}>
            {t(`zone.${name}`)}
            <span class="count">{counts ? number(counts[name]) : "…"}</span>
          </a>
        ))}
      </nav>
      <LiveRegion text={counts && t("applications.waiting", { n: counts.applications })} />
      {zoneName === "applications" ? <Applications /> : <AccountsZone key={zoneName} zone={zoneName === "active" ? "ACTIVE" : "EXPIRED"} />}
    </>
  );
}
