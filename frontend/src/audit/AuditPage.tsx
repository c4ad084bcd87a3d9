import "../styles/audit.css";
import { useQuery } from "@urql/preact";
import { AUDIT_LOG } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { useDocumentTitle } from "../ui/navigation.ts";
import { Pager } from "../ui/Pager.tsx";
import { useParams, usePaging } from "../ui/params.ts";
import { EmptyState, LoadError, Skeleton } from "../ui/states.tsx";
import { useLastDefined } from "../ui/useLastDefined.ts";
import { AuditLine } from "./AuditLine.tsx";
import { ACTS, useAuditMessages } from "./auditMessages.ts";

/** The audit log, newest first: of the viewer's organisation, or of all for Customer Success. */
export function AuditPage() {
  const { t } = useI18n();
  const { empty, kinds } = useAuditMessages();
  const [params, change] = useParams();
  const act = ACTS.find((one) => one.toLowerCase() === params["kind"]);
  const [{ data, error, fetching }, refetch] = useQuery({
    query: AUDIT_LOG,
    variables: { acts: act ? [act] : null, after: params["after"] ?? null },
    requestPolicy: "cache-and-network",
  });
  const log = useLastDefined(data)?.auditLog;
  const paging = usePaging(log?.nodes.length ?? 0, log?.pageInfo.endCursor);
  const failed = error && !data;
  useDocumentTitle(t("audit"));
  return (
    <section class="stack" aria-busy={fetching}>
      <h1>{t("audit")}</h1>
      <div class="toolbar">
        <label class="filter">
          <span>{t("kind")}</span>
          <select value={act?.toLowerCase() ?? ""} onChange={(event) => change({ kind: event.currentTarget.value })}>
            <option value="">{t("filter.all")}</option>
            {ACTS.map((one) => (
              <option key={one} value={one.toLowerCase()}>
                {kinds[one]}
              </option>
            ))}
          </select>
        </label>
      </div>
      {failed && <LoadError error={error} onRetry={() => refetch({ requestPolicy: "network-only" })} />}
      {!log && !failed && <Skeleton />}
      {log && !failed && log.totalCount === 0 && <EmptyState>{act ? t("timeline.none") : empty}</EmptyState>}
      {log && !failed && log.totalCount > 0 && (
        <>
          <ol class={fetching ? "audit card dimmed" : "audit card"}>
            {log.nodes.map((entry) => (
              <AuditLine key={entry.id} entry={entry} />
            ))}
          </ol>
          <Pager
            before={paging.before}
            shown={log.nodes.length}
            total={log.totalCount}
            hasNext={log.pageInfo.hasNextPage}
            onPrevious={paging.previous}
            onNext={paging.next}
          />
        </>
      )}
    </section>
  );
}
