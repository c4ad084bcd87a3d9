import { useSpeech } from "../i18n/i18n.tsx";
import { Icon } from "../ui/icons.tsx";

const SOON = 30;
const VERY_SOON = 7;

/** The expiry day and how far it is: in words, with a mark when it is near. */
export function Expiry({ on, daysLeft }: { on: string; daysLeft: number }) {
  const { t, date } = useSpeech();
  const near = daysLeft < 0 ? "past" : daysLeft <= VERY_SOON ? "bad" : daysLeft <= SOON ? "warn" : "calm";
  return (
    <span class="expiry">
      <time dateTime={on}>{date(on)}</time>
      <small class={`near-${near}`}>
        {(near === "bad" || near === "warn") && <Icon name={near === "bad" ? "warning" : "clock"} />}
        {daysLeft < 0 ? t("days.ago", { n: -daysLeft }) : t("days", { n: daysLeft })}
      </small>
    </span>
  );
}
