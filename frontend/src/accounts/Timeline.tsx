import type { ResultOf } from "../api/graphql.ts";
import type { ACCOUNT, TimelineEvent, TimelineKind } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { Changes } from "../requests/Changes.tsx";

const KINDS: readonly TimelineKind[] = ["REQUESTED", "APPROVED", "REJECTED", "WITHDRAWN"];

type AccountWithTimeline = NonNullable<ResultOf<typeof ACCOUNT>["account"]>;

/** The kind of event of a query parameter; undefined for unknown values. */
export function timelineKind(text: string | undefined): TimelineKind | undefined {
  return KINDS.find((kind) => kind.toLowerCase() === text);
}

interface TimelineProps {
  account: AccountWithTimeline;
  /** The kind that is filtered by. */
  kind: TimelineKind | undefined;
  dimmed: boolean;
  onKind: (kind: TimelineKind | undefined) => void;
  onMore: () => void;
}

/** The events of an account, newest first. */
export function Timeline({ account, kind, dimmed, onKind, onMore }: TimelineProps) {
  const { t } = useI18n();
  const { nodes, pageInfo } = account.timeline;
  // The end of the term is no event of the API. It is inserted by date.
  const end = account.zone === "EXPIRED" && !kind ? nodes.findIndex(({ at }) => at.slice(0, 10) <= account.expiresOn) : -2;
  const endIndex = end === -1 ? nodes.length : end;
  return (
    <section class="card">
      <div class="figure-head">
        <h2>{t("timeline")}</h2>
      </div>
      <div class="chips" role="group" aria-label={t("timeline.kinds")}>
        {[undefined, ...KINDS].map((choice) => (
          <button key={choice} type="button" class="chip chip-choice" aria-pressed={choice === kind} onClick={() => onKind(choice)}>
            {t(choice ? `timeline.${choice}` : "filter.all")}
          </button>
        ))}
      </div>
      {nodes.length === 0 && endIndex < 0 && <p class="muted">{t(kind ? "timeline.none" : "timeline.empty")}</p>}
      <ol class={dimmed ? "timeline dimmed" : "timeline"}>
        {nodes.slice(0, Math.max(0, endIndex)).map((event) => <Event key={event.id} event={event} />)}
        {endIndex >= 0 && <End on={account.expiresOn} daysLeft={account.daysLeft} />}
        {nodes.slice(Math.max(0, endIndex)).map((event) => <Event key={event.id} event={event} />)}
      </ol>
      {pageInfo.hasNextPage && (
        <button type="button" class="button" onClick={onMore}>
          {t("timeline.more")}
        </button>
      )}
    </section>
  );
}

function Event({ event }: { event: TimelineEvent }) {
  const { t, instant, ago } = useI18n();
  return (
    <li class={`event event-${event.kind.toLowerCase()}`}>
      <p>{t(`event.${event.kind}`, { who: event.by.name, what: t(`type.${event.request.type}`) })}</p>
      <Changes changes={event.changes} />
      {event.reason && <blockquote>{event.reason}</blockquote>}
      <time class="muted" dateTime={event.at}>
        {ago(event.at)} · {instant(event.at)}
      </time>
    </li>
  );
}

function End({ on, daysLeft }: { on: string; daysLeft: number }) {
  const { t, date } = useI18n();
  return (
    <li class="event event-end">
      <p>{t("timeline.ended")}</p>
      <time class="muted" dateTime={on}>
        {t("days.ago", { n: -daysLeft })} · {date(on)}
      </time>
    </li>
  );
}
