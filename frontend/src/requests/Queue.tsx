import "../styles/queue.css";
import { useQuery } from "@urql/preact";
import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { REQUESTS, type Request } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { LateDialog } from "../ui/Dialog.tsx";
import { Icon } from "../ui/icons.tsx";
import { later } from "../ui/later.tsx";
import { useTitle } from "../ui/navigation.ts";
import { Pager } from "../ui/Pager.tsx";
import { useParams, usePaging } from "../ui/params.ts";
import { Empty, LoadError, Skeleton } from "../ui/states.tsx";
import { useKeys } from "../ui/useKeys.ts";
import { useKept } from "../ui/useKept.ts";
import { Examination } from "./Examination.tsx";
import { QueueFilters } from "./QueueFilters.tsx";
import { GoneRow, QueueRow } from "./QueueRow.tsx";
import { kindOf, NARROWING, viewOf } from "./queueView.ts";
import { useSteady } from "./useSteady.ts";

const BulkDialog = later(async () => (await import("./BulkDialog.tsx")).BulkDialog, LateDialog);
const KeysDialog = later(async () => (await import("./KeysDialog.tsx")).KeysDialog, LateDialog);

/** Customer Success's desk: what waits, oldest first, and beside it the request that is examined. */
export function Queue({ id }: { id?: string }) {
  const { t } = useSpeech();
  const { route } = useLocation();
  const [params] = useParams();
  const decided = params["state"] === "decided";
  const kind = kindOf(params);
  const variables = {
    ...viewOf(params),
    types: kind ? [kind] : null,
    orderBy: { field: "REQUESTED_AT", direction: decided ? "DESC" : "ASC" } as const,
    after: params["after"] ?? null,
  };
  const name = JSON.stringify(variables);
  const [{ data, error, fetching, operation }, again] = useQuery({ query: REQUESTS, variables });
  const list = useKept(data)?.changeRequests;
  // For a moment the answer at hand is still that to the question before.
  const isAnswered = JSON.stringify(operation?.variables) === name;
  const { rows, arrivals, show } = useSteady(isAnswered ? data?.changeRequests.nodes : undefined, name);
  const paging = usePaging(list?.nodes.length ?? 0, list?.pageInfo.endCursor);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [bulk, setBulk] = useState<"approve" | "reject">();
  const [keysShown, setKeysShown] = useState(false);
  useTitle(id ? undefined : t("queue.title"));
  useEffect(() => setTicked(new Set()), [name]);

  const search = new URLSearchParams(params as Record<string, string>).toString();
  const address = (request: string) => `/queue${request && `/${request}`}${search && `?${search}`}`;
  const at = rows.findIndex(({ request }) => request.id === id);
  const next = rows[at + 1]?.request.id;
  const previous = at > 0 ? rows[at - 1]?.request.id : undefined;
  // Walking the list is one step back from it, however far one walked.
  const walk = (to: string | undefined) => to && route(address(to), Boolean(id));
  useKeys({ j: () => walk(next), k: () => walk(previous), "?": () => setKeysShown(true) });

  const mayDecide = (request: Request) => request.allowedActions.some(({ action, allowed }) => action === "APPROVE" && allowed);
  const decidable = rows.filter(({ request, isGone }) => !isGone && mayDecide(request)).map(({ request }) => request);
  const chosen = decidable.filter((request) => ticked.has(request.id));
  const turn = (ids: readonly string[], on: boolean) =>
    setTicked((before) => new Set(on ? [...before, ...ids] : [...before].filter((tick) => !ids.includes(tick))));
  const failed = error && !data;

  return (
    <>
      <div class={id ? "page-head queue-head examining" : "page-head queue-head"}>
        <h1>{t("queue.title")}</h1>
        <button type="button" class="button" onClick={() => setKeysShown(true)}>
          <kbd>?</kbd> {t("keys")}
        </button>
      </div>
      <div class={id ? "queue-narrowing examining" : "queue-narrowing"}>
        <QueueFilters />
      </div>
      <div class={id ? "queue examining" : "queue"}>
        <section class="queue-list" aria-label={t("queue.title")} aria-busy={fetching && !list}>
          {failed && <LoadError error={error} onRetry={() => again({ requestPolicy: "network-only" })} />}
          {!list && !error && <Skeleton />}
          {list && !failed && rows.length === 0 && <Nothing decided={decided} isNarrowed={NARROWING.some((filter) => params[filter])} />}
          {list && !failed && rows.length > 0 && (
            <>
              {decidable.length > 0 && (
                <div class="bulk-bar">
                  <label class="tick">
                    <input
                      type="checkbox"
                      checked={chosen.length === decidable.length}
                      ref={(box) => {
                        if (box) box.indeterminate = chosen.length > 0 && chosen.length < decidable.length;
                      }}
                      aria-label={t("queue.tick.all")}
                      onChange={(event) => turn(decidable.map((request) => request.id), event.currentTarget.checked)}
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
                {rows.map(({ request, isGone }) => {
                  const common = { request, href: address(request.id), isCurrent: request.id === id };
                  if (isGone) return <GoneRow key={request.id} {...common} />;
                  const tick = mayDecide(request) ? { isOn: ticked.has(request.id), turn: (on: boolean) => turn([request.id], on) } : undefined;
                  return <QueueRow key={request.id} {...common} tick={tick} />;
                })}
              </ul>
              <div role="status">
                {arrivals > 0 && (
                  <button type="button" class="button arrivals" onClick={show}>
                    <Icon name="down" />
                    {t("queue.arrivals", { n: arrivals })}
                  </button>
                )}
              </div>
              <Pager before={paging.before} shown={list.nodes.length} total={list.totalCount} hasNext={list.pageInfo.hasNextPage} onPrevious={paging.previous} onNext={paging.next} />
            </>
          )}
        </section>
        {id ? (
          <Examination key={id} id={id} onClose={() => route(address(""))} onNext={next ? () => walk(next) : undefined} />
        ) : (
          <p class="queue-hint soft">{t("queue.choose")}</p>
        )}
      </div>
      {bulk && <BulkDialog kind={bulk} requests={chosen} onClose={() => setBulk(undefined)} onDecided={(decidedId) => turn([decidedId], false)} />}
      {keysShown && <KeysDialog onClose={() => setKeysShown(false)} />}
    </>
  );
}

function Nothing({ decided, isNarrowed }: { decided: boolean; isNarrowed: boolean }) {
  const { t } = useSpeech();
  if (isNarrowed) return <Empty>{t("empty.requests")}</Empty>;
  return <Empty>{t(decided ? "empty.decided" : "empty.queue")}</Empty>;
}
