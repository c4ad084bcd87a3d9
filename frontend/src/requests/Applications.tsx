import { useQuery } from "@urql/preact";
import { REQUESTS } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { Pager } from "../ui/Pager.tsx";
import { useParams, usePaging } from "../ui/params.ts";
import { Search } from "../ui/Search.tsx";
import { EmptyState, LoadError, Skeleton } from "../ui/states.tsx";
import { useLastDefined } from "../ui/useLastDefined.ts";
import { RequestTable } from "./RequestTable.tsx";
import { StateFilter } from "./StateFilter.tsx";
import { DECIDED_STATES, DECIDED_WITHIN_DAYS } from "./states.ts";

/** The zone of requests: pending ones, and those decided within DECIDED_WITHIN_DAYS. */
export function Applications() {
  const { t } = useI18n();
  const [params, change] = useParams();
  const decided = params["state"] === "decided";
  const [{ data, error, fetching }, refetch] = useQuery({
    query: REQUESTS,
    variables: {
      states: decided ? DECIDED_STATES : ["PENDING"],
      types: null,
      search: params["q"] ?? null,
      filter: decided ? { decidedWithinDays: DECIDED_WITHIN_DAYS } : null,
      orderBy: { field: "REQUESTED_AT", direction: "DESC" },
      after: params["after"] ?? null,
    },
  });
  const list = useLastDefined(data)?.changeRequests;
  const paging = usePaging(list?.nodes.length ?? 0, list?.pageInfo.endCursor);
  const failed = error && !data;
  // A withdrawn request disappears before the list is refetched.
  const requests = list?.nodes.filter((request) => (request.state === "PENDING") !== decided) ?? [];
  return (
    <section aria-busy={fetching}>
      {!decided && <p class="muted">{t("zone.applications.subtitle")}</p>}
      <div class="toolbar">
        <StateFilter decided={decided} onChange={(state) => change({ state, new: undefined })} />
        <Search label={t("search")} value={params["q"] ?? ""} onSearch={(q) => change({ q }, "replace")} />
      </div>
      {failed && <LoadError error={error} onRetry={() => refetch({ requestPolicy: "network-only" })} />}
      {!list && !error && <Skeleton />}
      {list && !failed && requests.length === 0 && <EmptyState>{t(params["q"] ? "empty.requests" : decided ? "empty.decided" : "empty.queue")}</EmptyState>}
      {list && !failed && requests.length > 0 && (
        <>
          <RequestTable requests={requests} decided={decided} dimmed={fetching} newest={params["new"]} />
          <Pager before={paging.before} shown={requests.length} total={list.totalCount} hasNext={list.pageInfo.hasNextPage} onPrevious={paging.previous} onNext={paging.next} />
        </>
      )}
      <p class="visually-hidden" role="status">
        {data && t("requests.shown", { n: data.changeRequests.totalCount })}
      </p>
    </section>
  );
}
