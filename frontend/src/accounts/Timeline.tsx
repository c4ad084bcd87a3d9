import type { TimelineEvent } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { Changes } from "../requests/Changes.tsx";

/** What happened to an account, newest first. */
export function Timeline({ events }: { events: readonly TimelineEvent[] }) {
  const { t, instant, ago } = useSpeech();
  if (events.length === 0) return <p class="soft">{t("timeline.empty")}</p>;
  return (
    <ol class="timeline">
      {events.map((event) => (
        <li key={event.id} class={`event event-${event.kind.toLowerCase()}`}>
          <p>{t(`event.${event.kind}`, { who: event.by.name, what: t(`type.${event.request.type}`) })}</p>
          <Changes changes={event.changes} />
          {event.reason && <blockquote>{event.reason}</blockquote>}
          <time class="soft" dateTime={event.at} title={instant(event.at)}>
            {ago(event.at)}
          </time>
        </li>
      ))}
    </ol>
  );
}
