import { useLocation } from "preact-iso";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ChangeRequest } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { useViewer } from "../session/session.tsx";
import { Icon } from "../ui/icons.tsx";
import { Menu, MenuAction } from "../ui/Menu.tsx";
import { ChangeSummary } from "./Changes.tsx";
import { StateBadge } from "./StateBadge.tsx";
import { canWithdraw, WithdrawDialog } from "./WithdrawButton.tsx";

interface RequestTableProps {
  requests: readonly ChangeRequest[];
  decided: boolean;
  dimmed: boolean;
  /** The id of a request that was just filed; its row is highlighted. */
  newest: string | undefined;
}

/** The requests of an organisation as table rows; on narrow screens as cards. */
export function RequestTable({ requests, decided, dimmed, newest }: RequestTableProps) {
  const { t } = useI18n();
  const [withdrawing, setWithdrawing] = useState<ChangeRequest>();
  return (
    <>
      <table class={dimmed ? "table dimmed" : "table"} role="table" aria-label={t("zone.applications")}>
        <thead role="rowgroup">
          <tr role="row">
            {(["kind", "name", "change", "comment", "asked.by"] as const).map((key) => (
              <th key={key} role="columnheader" scope="col">
                {t(key)}
              </th>
            ))}
            <th role="columnheader" scope="col">
              {t(decided ? "decided" : "waiting")}
            </th>
            <th role="columnheader" scope="col" class="narrow">
              <span class="visually-hidden">{t("actions")}</span>
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {requests.map((request) => (
            <RequestRow key={request.id} request={request} decided={decided} isNew={request.id === newest} onWithdraw={() => setWithdrawing(request)} />
          ))}
        </tbody>
      </table>
      {withdrawing && <WithdrawDialog request={withdrawing} onClose={() => setWithdrawing(undefined)} />}
    </>
  );
}

interface RequestRowProps {
  request: ChangeRequest;
  decided: boolean;
  isNew: boolean;
  onWithdraw: () => void;
}

function RequestRow({ request, decided, isNew, onWithdraw }: RequestRowProps) {
  const { t, duration, day, instant } = useI18n();
  const { route } = useLocation();
  const { organisation } = useViewer();
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (isNew) row.current?.scrollIntoView({ block: "nearest" });
  }, [isNew]);
  const address = `/management/applications/${request.id}`;
  const { decision } = request;
  return (
    <tr ref={row} role="row" class={isNew ? "row-new" : undefined}>
      <td role="cell" class="type-cell">
        <span class="badge">{t(`type.${request.type}`)}</span>
      </td>
      <th role="rowheader" scope="row">
        <a href={address}>{request.accountName}</a>
        {!organisation && <small class="muted">{request.organisation.name}</small>}
      </th>
      <td role="cell" data-label={t("change")}>
        <ChangeSummary type={request.type} changes={request.preview.changes} />
      </td>
      <td role="cell" class={request.comment ? "text" : "empty-cell"} data-label={t("comment")}>
        <span class="clamped">{request.comment}</span>
      </td>
      <td role="cell" class="nowrap" data-label={t("asked.by")}>
        {request.requestedBy.name}
      </td>
      <td role="cell" class={decided ? "text" : "nowrap"} data-label={t(decided ? "decided" : "waiting")}>
        {decision ? (
          <span class="stacked">
            <StateBadge state={request.state} />
            <small class="muted">
              {decision.by.name},{" "}
              <time class="nowrap" dateTime={decision.at} title={instant(decision.at)}>
                {day(decision.at)}
              </time>
            </small>
            {decision.reason && <small class="clamped">{decision.reason}</small>}
          </span>
        ) : (
          <time dateTime={request.requestedAt} title={instant(request.requestedAt)}>
            {duration(request.requestedAt)}
          </time>
        )}
      </td>
      <td role="cell" class="narrow">
        <Menu label={t("row.actions", { name: request.accountName })} button={<Icon name="more" />}>
          <MenuAction label={t("view")} onChoose={() => route(address)} />
          {canWithdraw(request) && <MenuAction label={t("withdraw")} onChoose={onWithdraw} />}
        </Menu>
      </td>
    </tr>
  );
}
