import { useQuery } from "@urql/preact";
import { REQUESTS, type Request } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { useViewer } from "../session/session.tsx";
import { Pager } from "../ui/Pager.tsx";
import { useParams, usePaging } from "../ui/params.ts";
import { Search } from "../ui/Search.tsx";
import { Empty, LoadError, Skeleton } from "../ui/states.tsx";
import { useKept } from "../ui/useKept.ts";
import { ChangeInShort } from "./Changes.tsx";
import { Segments } from "./Segments.tsx";
import { StateBadge } from "./StateBadge.tsx";
import { Withdraw } from "./Withdraw.tsx";

/** The third zone: every request that awaits Customer Success, and the history of those that do not any more. */
export function Applications() {
  const { t } = useSpeech();
  const [params, change] = useParams();
  const decided = params["state"] === "decided";
  const [{ data, error, fetching }, again] = useQuery({
    query: REQUESTS,
    variables: {
      states: decided ? ["APPROVED", "REJECTED", "WITHDRAWN"] : ["PENDING"],
      search: params["q"] ?? null,
      orderBy: { field: "REQUESTED_AT", direction: "DESC" },
      after: params["after"] ?? null,
      types: null,
    },
  });
  const list = useKept(data)?.changeRequests;
  const paging = usePaging(list?.nodes.length ?? 0, list?.pageInfo.endCursor);
  return (
    <section aria-busy={fetching}>
      <p class="soft">{t("zone.applications.subtitle")}</p>
      <div class="toolbar">
        <Segments decided={decided} onChange={(state) => change({ state })} />
        <Search label={t("search.requests")} value={params["q"] ?? ""} onSearch={(q) => change({ q }, "replace")} />
      </div>
      {error && !data && <LoadError error={error} onRetry={() => again({ requestPolicy: "network-only" })} />}
      {!list && !error && <Skeleton />}
      {list && !(error && !data) && list.totalCount === 0 && <Empty>{t(params["q"] ? "empty.requests" : decided ? "empty.decided" : "empty.queue")}</Empty>}
      {list && !(error && !data) && list.totalCount > 0 && (
        <>
          <table class={data ? "table" : "table dimmed"} role="table">
            <thead role="rowgroup">
              <tr role="row">
                {(["name", "change", "comment", "asked.by"] as const).map((key) => (
                  <th key={key} role="columnheader" scope="col">
                    {t(key)}
                  </th>
                ))}
                <th role="columnheader" scope="col">
                  {t(decided ? "decided" : "waiting")}
                </th>
                {!decided && (
                  <th role="columnheader" scope="col" class="narrow">
                    <span class="unseen">{t("actions")}</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody role="rowgroup">
              {list.nodes.map((request) => (
                <RequestRow key={request.id} request={request} decided={decided} />
              ))}
            </tbody>
          </table>
          <Pager before={paging.before} shown={list.nodes.length} total={list.totalCount} hasNext={list.pageInfo.hasNextPage} onPrevious={paging.previous} onNext={paging.next} />
        </>
      )}
    </section>
  );
}

function RequestRow({ request, decided }: { request: Request; decided: boolean }) {
  const { t, ago, instant } = useSpeech();
  const { organisation } = useViewer();
  const { decision } = request;
  return (
    <tr role="row">
      <th role="rowheader" scope="row">
        {request.account ? <a href={`/management/accounts/${request.account.id}`}>{request.accountName}</a> : request.accountName}
        <small class="soft">
          {t(`type.${request.type}`)}
          {!organisation && ` · ${request.organisation.name}`}
        </small>
      </th>
      <td role="cell" data-label={t("change")}>
        <ChangeInShort type={request.type} changes={request.preview.changes} />
      </td>
      <td role="cell" class={request.comment ? "text" : "empty-cell"} data-label={t("comment")}>
        {request.comment}
      </td>
      <td role="cell" data-label={t("asked.by")}>
        {request.requestedBy.name}
      </td>
      <td role="cell" data-label={t(decided ? "decided" : "waiting")}>
        {decision ? (
          <>
            <StateBadge state={request.state} />
            <small class="soft">
              {decision.by.name}, <time dateTime={decision.at}>{instant(decision.at)}</time>
            </small>
            {decision.reason && <small>{decision.reason}</small>}
          </>
        ) : (
          <time dateTime={request.requestedAt} title={instant(request.requestedAt)}>
            {ago(request.requestedAt)}
          </time>
        )}
      </td>
      {!decided && (
        <td role="cell" class="narrow">
          <Withdraw request={request} />
        </td>
      )}
    </tr>
  );
}
