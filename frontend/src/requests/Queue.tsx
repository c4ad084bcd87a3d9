import { useQuery } from "@urql/preact";
import { useLocation } from "preact-iso";
import { REQUESTS, type Request, type RequestType } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { Pager } from "../ui/Pager.tsx";
import { useParams, usePaging } from "../ui/params.ts";
import { Search } from "../ui/Search.tsx";
import { Empty, LoadError, Skeleton } from "../ui/states.tsx";
import { useKept } from "../ui/useKept.ts";
import { ChangeInShort } from "./Changes.tsx";
import { Examination } from "./Examination.tsx";
import { Segments } from "./Segments.tsx";
import { StateBadge } from "./StateBadge.tsx";

const TYPES: readonly RequestType[] = ["NEW_ACCOUNT", "DATAPOINTS", "LICENCE", "RENEWAL"];

/** Customer Success's desk: what waits, oldest first, and beside it the request that is examined. */
export function Queue({ id }: { id?: string }) {
  const { t } = useSpeech();
  const { route } = useLocation();
  const [params, change] = useParams();
  const decided = params["state"] === "decided";
  const type = TYPES.find((known) => known === params["kind"]);
  const [{ data, error, fetching }, again] = useQuery({
    query: REQUESTS,
    variables: {
      states: decided ? ["APPROVED", "REJECTED", "WITHDRAWN"] : ["PENDING"],
      types: type ? [type] : null,
      search: params["q"] ?? null,
      orderBy: { field: "REQUESTED_AT", direction: decided ? "DESC" : "ASC" },
      after: params["after"] ?? null,
    },
  });
  const list = useKept(data)?.changeRequests;
  const paging = usePaging(list?.nodes.length ?? 0, list?.pageInfo.endCursor);
  const search = new URLSearchParams(params as Record<string, string>).toString();
  const address = (request: string) => `/queue${request && `/${request}`}${search && `?${search}`}`;
  return (
    <>
      <h1>{t("queue.title")}</h1>
      <div class="toolbar">
        <Segments decided={decided} onChange={(state) => change({ state })} />
        <label class="filter">
          <span>{t("change")}</span>
          <select value={type ?? ""} onChange={(event) => change({ kind: event.currentTarget.value })}>
            <option value="">{t("filter.all")}</option>
            {TYPES.map((known) => (
              <option key={known} value={known}>
                {t(`type.${known}`)}
              </option>
            ))}
          </select>
        </label>
        <Search label={t("search.requests")} value={params["q"] ?? ""} onSearch={(q) => change({ q }, "replace")} />
      </div>
      <div class={id ? "queue examining" : "queue"}>
        <section class="queue-list" aria-busy={fetching}>
          {error && !data && <LoadError error={error} onRetry={() => again({ requestPolicy: "network-only" })} />}
          {!list && !error && <Skeleton />}
          {list && !(error && !data) && list.totalCount === 0 && <Empty>{t(params["q"] || type ? "empty.requests" : decided ? "empty.decided" : "empty.queue")}</Empty>}
          {list && !(error && !data) && list.totalCount > 0 && (
            <>
              <ul class={data ? "rows" : "rows dimmed"}>
                {list.nodes.map((request) => (
                  <li key={request.id}>
                    <QueueRow request={request} href={address(request.id)} current={request.id === id} />
                  </li>
                ))}
              </ul>
              <Pager before={paging.before} shown={list.nodes.length} total={list.totalCount} hasNext={list.pageInfo.hasNextPage} onPrevious={paging.previous} onNext={paging.next} />
            </>
          )}
        </section>
        {id ? <Examination key={id} id={id} onClose={() => route(address(""))} /> : <p class="queue-hint soft">{t("queue.choose")}</p>}
      </div>
    </>
  );
}

function QueueRow({ request, href, current }: { request: Request; href: string; current: boolean }) {
  const { t, ago } = useSpeech();
  return (
    <a class="queue-row" href={href} aria-current={current ? "true" : undefined}>
      <span class="queue-row-head">
        <strong>{request.accountName}</strong>
        <span class="badge">{t(`type.${request.type}`)}</span>
      </span>
      <ChangeInShort type={request.type} changes={request.preview.changes} />
      <small class="soft">
        {request.organisation.name} · {ago(request.requestedAt)}
      </small>
      {request.state !== "PENDING" && <StateBadge state={request.state} />}
    </a>
  );
}
