import "../styles/queue.css";
import { useQuery } from "@urql/preact";
import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { REQUESTS, type ChangeRequest } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { LoadingDialog } from "../ui/Dialog.tsx";
import { Icon } from "../ui/icons.tsx";
import { lazy } from "../ui/lazy.tsx";
import { useDocumentTitle } from "../ui/navigation.ts";
import { Pager } from "../ui/Pager.tsx";
import { useParams, usePaging } from "../ui/params.ts";
import { EmptyState, LoadError, Skeleton } from "../ui/states.tsx";
import { useShortcuts } from "../ui/useShortcuts.ts";
import { useLastDefined } from "../ui/useLastDefined.ts";
import { Examination } from "./Examination.tsx";
import { QueueFilters } from "./QueueFilters.tsx";
import { RemovedRow, QueueRow } from "./QueueRow.tsx";
import { chosenType, FILTER_PARAMS, queueFilter } from "./queueFilter.ts";
import { useStableRows } from "./useStableRows.ts";

const BulkDialog = lazy(async () => (await import("./BulkDialog.tsx")).BulkDialog, LoadingDialog);
const ShortcutsDialog = lazy(async () => (await import("./ShortcutsDialog.tsx")).ShortcutsDialog, LoadingDialog);

/** The queue of Customer Success: requests, oldest first, beside the one under examination. */
export function Queue({ id }: { id?: string }) {
  const { t } = useI18n();
  const { route } = useLocation();
  const [params] = useParams();
  const decided = params["state"] === "decided";
  const kind = chosenType(params);
  const variables = {
    ...queueFilter(params),
    types: kind ? [kind] : null,
    orderBy: { field: "REQUESTED_AT", direction: decided ? "DESC" : "ASC" } as const,
    after: params["after"] ?? null,
  };
  const name = JSON.stringify(variables);
  const [{ data, error, fetching, operation }, refetch] = useQuery({ query: REQUESTS, variables });
  const list = useLastDefined(data)?.changeRequests;
  // For one render after new variables, ``data`` still belongs to the previous ones.
  const isAnswered = JSON.stringify(operation?.variables) === name;
  const { rows, newCount, show } = useStableRows(isAnswered ? data?.changeRequests.nodes : undefined, name);
  const paging = usePaging(list?.nodes.length ?? 0, list?.pageInfo.endCursor);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [bulk, setBulk] = useState<"approve" | "reject">();
  const [keysShown, setKeysShown] = useState(false);
  useDocumentTitle(id ? undefined : t("queue.title"));
  useEffect(() => setSelected(new Set()), [name]);

  const search = new URLSearchParams(params as Record<string, string>).toString();
  const address = (request: string) => `/queue${request && `/${request}`}${search && `?${search}`}`;
  const index = rows.findIndex(({ request }) => request.id === id);
  const next = rows[index + 1]?.request.id;
  const previous = index > 0 ? rows[index - 1]?.request.id : undefined;
  // The first request pushes a history entry, later ones replace it: one step back leads to the list.
  const goTo = (to: string | undefined) => to && route(address(to), Boolean(id));
  useShortcuts({ j: () => goTo(next), k: () => goTo(previous), "?": () => setKeysShown(true) });

  const mayDecide = (request: ChangeRequest) => request.allowedActions.some(({ action, allowed }) => action === "APPROVE" && allowed);
  const decidable = rows.filter(({ request, isRemoved }) => !isRemoved && mayDecide(request)).map(({ request }) => request);
  const chosen = decidable.filter((request) => selected.has(request.id));
  const setSelectedIds = (ids: readonly string[], on: boolean) =>
    setSelected((before) => new Set(on ? [...before, ...ids] : [...before].filter((selectedId) => !ids.includes(selectedId))));
  const failed = error && !data;

  return (
    <>
      <div class={id ? "page-head queue-head examining" : "page-head queue-head"}>
        <h1>{t("queue.title")}</h1>
        <button type="button" class="button" onClick={() => setKeysShown(true)}>
          <kbd>?</kbd> {t("keys")}
        </button>
      </div>
      <div class={id ? "queue-filters examining" : "queue-filters"}>
        <QueueFilters />
      </div>
      <div class={id ? "queue examining" : "queue"}>
        <section class="queue-list" aria-label={t("queue.title")} aria-busy={fetching && !list}>
          {failed && <LoadError error={error} onRetry={() => refetch({ requestPolicy: "network-only" })} />}
          {!list && !error && <Skeleton />}
          {list && !failed && rows.length === 0 && <Nothing decided={decided} isFiltered={FILTER_PARAMS.some((filter) => params[filter])} />}
          {list && !failed && rows.length > 0 && (
            <>
              {decidable.length > 0 && (
                <div class="bulk-bar">
                  <label class="row-checkbox">
                    <input
                      type="checkbox"
                      checked={chosen.length === decidable.length}
                      ref={(box) => {
                        if (box) box.indeterminate = chosen.length > 0 && chosen.length < decidable.length;
                      }}
                      aria-label={t("queue.tick.all")}
                      onChange={(event) => setSelectedIds(decidable.map((request) => request.id), event.currentTarget.checked)}
                    />
                  </label>
                  <span role="status">{chosen.length > 0 ? t("queue.ticked", { n: chosen.length }) : t("requests.shown", { n: list.totalCount })}</span>
                  {chosen.length > 0 && (
                    <>
                      <button type="button" class="button primary" onClick={() => setBulk("approve")}>
                        {t("approve")}
                      </button>
                      <button type="button" class="button" onClick={() => setBulk("reject")}>
                        {t("reject.open")}
                      </button>
                    </>
                  )}
                </div>
              )}
              <ul class={`rows${decided ? " rows-decided" : ""}${data && isAnswered ? "" : " dimmed"}`}>
                {rows.map(({ request, isRemoved }) => {
                  const common = { request, href: address(request.id), isCurrent: request.id === id };
                  if (isRemoved) return <RemovedRow key={request.id} {...common} />;
                  const checkbox = mayDecide(request) ? { isChecked: selected.has(request.id), set: (on: boolean) => setSelectedIds([request.id], on) } : undefined;
                  return <QueueRow key={request.id} {...common} checkbox={checkbox} />;
                })}
              </ul>
              <div role="status">
                {newCount > 0 && (
                  <button type="button" class="button new-rows" onClick={show}>
                    <Icon name="down" />
                    {t("queue.arrivals", { n: newCount })}
                  </button>
                )}
              </div>
              <Pager before={paging.before} shown={list.nodes.length} total={list.totalCount} hasNext={list.pageInfo.hasNextPage} onPrevious={paging.previous} onNext={paging.next} />
            </>
          )}
        </section>
        {id ? (
          <Examination key={id} id={id} onClose={() => route(address(""))} onNext={next ? () => goTo(next) : undefined} />
        ) : (
          <p class="queue-hint muted">{t("queue.choose")}</p>
        )}
      </div>
      {bulk && <BulkDialog kind={bulk} requests={chosen} onClose={() => setBulk(undefined)} onDecided={(decidedId) => setSelectedIds([decidedId], false)} />}
      {keysShown && <ShortcutsDialog onClose={() => setKeysShown(false)} />}
    </>
  );
}

function Nothing({ decided, isFiltered }: { decided: boolean; isFiltered: boolean }) {
  const { t } = useI18n();
  if (isFiltered) return <EmptyState>{t("empty.requests")}</EmptyState>;
  return <EmptyState>{t(decided ? "empty.decided" : "empty.queue")}</EmptyState>;
}
