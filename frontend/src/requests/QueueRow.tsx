import { useQuery } from "@urql/preact";
import { useEffect, useRef } from "preact/hooks";
import { REQUEST, type ChangeRequest } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { ChangeSummary } from "./Changes.tsx";
import { StateBadge } from "./StateBadge.tsx";

interface QueueRowProps {
  request: ChangeRequest;
  href: string;
  isCurrent: boolean;
  /** Undefined where the viewer may not decide. */
  checkbox: { isChecked: boolean; set: (on: boolean) => void } | undefined;
}

/** A request of the queue: account, type, summary and age. */
export function QueueRow({ request, href, isCurrent, checkbox }: QueueRowProps) {
  const { t, ago, instant, duration } = useI18n();
  const { decision } = request;
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isCurrent) row.current?.scrollIntoView({ block: "nearest" });
  }, [isCurrent]);
  return (
    <li ref={row} class={isCurrent ? "queue-item current" : "queue-item"}>
      {checkbox ? (
        <label class="row-checkbox">
          <input type="checkbox" checked={checkbox.isChecked} aria-label={t("queue.tick", { name: request.accountName, what: t(`type.${request.type}`) })} onChange={(event) => checkbox.set(event.currentTarget.checked)} />
        </label>
      ) : (
        <span class="row-checkbox" />
      )}
      <a class="queue-row" href={href} aria-current={isCurrent ? "true" : undefined}>
        <span class="queue-row-head">
          <strong>{request.accountName}</strong>
          <span class="badge">{t(`type.${request.type}`)}</span>
        </span>
        <ChangeSummary type={request.type} changes={request.preview.changes} />
        <span class="queue-row-foot">
          <small class="muted">{request.organisation.name}</small>
          {decision ? (
            <small class="muted" title={instant(decision.at)}>
              <StateBadge state={request.state} /> {decision.by.name}, {ago(decision.at)}
            </small>
          ) : (
            <time class="muted" dateTime={request.requestedAt} title={instant(request.requestedAt)}>
              {duration(request.requestedAt)}
            </time>
          )}
        </span>
      </a>
    </li>
  );
}

/** A request that has left the list. Its row stays, and shows the new state. */
export function RemovedRow(props: Omit<QueueRowProps, "checkbox">) {
  const [{ data }] = useQuery({ query: REQUEST, variables: { id: props.request.id } });
  return <QueueRow {...props} request={data?.changeRequest ?? props.request} checkbox={undefined} />;
}
