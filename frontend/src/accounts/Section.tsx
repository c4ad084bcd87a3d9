import "../styles/section.css";
import { useQuery } from "@urql/preact";
import { ZONE_COUNTS } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { useViewer } from "../session/session.tsx";
import { Announced } from "../ui/Announced.tsx";
import { Icon } from "../ui/icons.tsx";
import { later } from "../ui/later.tsx";
import { Message } from "../ui/states.tsx";
import { useTitle } from "../ui/navigation.ts";
import { useKept } from "../ui/useKept.ts";
import { AccountsZone } from "./AccountsZone.tsx";

const Applications = later(async () => (await import("../requests/Applications.tsx")).Applications);

const ZONES = ["active", "expired", "applications"] as const;

/** The account-management section: three zones, each with its count and its address. */
export function Section({ zone }: { zone?: string }) {
  const { t, number } = useSpeech();
  const { can } = useViewer();
  const [{ data }] = useQuery({ query: ZONE_COUNTS });
  const counts = useKept(data)?.zoneCounts;
  const shown = ZONES.find((name) => name === zone);
  useTitle(t(shown ? `zone.${shown}` : "notfound"));
  if (!shown) {
    return (
      <Message title={t("notfound")}>
        <a class="button" href="/management/active">
          {t("section")}
        </a>
      </Message>
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
          <a key={name} href={`/management/${name}`} aria-current={name === shown ? "page" : undefined}>
            {t(`zone.${name}`)}
            <span class="count">{counts ? number(counts[name]) : "…"}</span>
          </a>
        ))}
      </nav>
      <Announced text={counts && t("applications.waiting", { n: counts.applications })} />
      {shown === "applications" ? <Applications /> : <AccountsZone key={shown} zone={shown === "active" ? "ACTIVE" : "EXPIRED"} />}
    </>
  );
}
