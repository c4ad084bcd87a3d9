import "../styles/home.css";
import { useQuery } from "@urql/preact";
import { HOME } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { useViewer } from "../session/session.tsx";
import { Icon } from "../ui/icons.tsx";
import { Pager } from "../ui/Pager.tsx";
import { useParams, usePaging } from "../ui/params.ts";
import { Search } from "../ui/Search.tsx";
import { EmptyState, LoadError, Skeleton } from "../ui/states.tsx";
import { useDocumentTitle } from "../ui/navigation.ts";
import { useLastDefined } from "../ui/useLastDefined.ts";
import { ExpiringSoon, useExpiringSoon } from "./ExpiringSoon.tsx";
import { Expiry } from "./Expiry.tsx";
import { LicenceBadge } from "./LicenceBadge.tsx";

/** The home page: active accounts of the organisation, for all its users. SuperAdmins get a link to the management section. */
export function Home() {
  const { t, number } = useI18n();
  const { can } = useViewer();
  const [params, change] = useParams();
  const [{ data, error, fetching }, refetch] = useQuery({
    query: HOME,
    variables: { search: params["q"] ?? null, after: params["after"] ?? null },
  });
  const expiringCount = useExpiringSoon();
  const latest = useLastDefined(data)?.homeAccounts;
  // The notice above the list is rendered with it: it would shift the layout if it came later.
  const list = expiringCount === undefined ? undefined : latest;
  const failed = error && !data;
  useDocumentTitle(t("home.title"));
  const paging = usePaging(list?.nodes.length ?? 0, list?.pageInfo.endCursor);
  return (
    <>
      <div class="title-line">
        <h1>{t("home.title")}</h1>
        {can.manageAccounts && (
          <a class="icon-button framed" href="/management/active" aria-label={t("section")} title={t("section")}>
            <Icon name="gear" />
          </a>
        )}
      </div>
      <div class="toolbar">
        <Search label={t("home.search")} value={params["q"] ?? ""} onSearch={(q) => change({ q }, "replace")} />
      </div>
      {expiringCount !== undefined && <ExpiringSoon n={expiringCount} />}
      {failed && <LoadError error={error} onRetry={() => refetch({ requestPolicy: "network-only" })} />}
      {!list && !failed && <Skeleton />}
      {list && !failed && list.totalCount === 0 && <EmptyState>{t(params["q"] ? "empty.filtered" : "empty.active")}</EmptyState>}
      {list && !failed && (
        <>
          <ul class={fetching ? "cards dimmed" : "cards"}>
            {list.nodes.map((account) => (
              <li key={account.id} class="card account-card">
                <div class="account-card-head">
                  <h2>{can.manageAccounts ? <a href={`/management/accounts/${account.id}`}>{account.name}</a> : account.name}</h2>
                  <LicenceBadge licence={account.licence} />
                </div>
                <p class="muted">{account.clientName}</p>
                <div class="account-card-foot">
                  <span>
                    <strong>{number(account.datapoints)}</strong> <span class="muted">{t("datapoints")}</span>
                  </span>
                  <Expiry on={account.expiresOn} daysLeft={account.daysLeft} />
                </div>
              </li>
            ))}
          </ul>
          <Pager before={paging.before} shown={list.nodes.length} total={list.totalCount} hasNext={list.pageInfo.hasNextPage} onPrevious={paging.previous} onNext={paging.next} />
        </>
      )}
    </>
  );
}
