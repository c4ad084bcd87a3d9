import { useI18n } from "../i18n/i18n.tsx";
import { Icon } from "../ui/icons.tsx";
import { SOON_DAYS } from "./expiring.ts";

const URGENT_DAYS = 7;

/** The expiry date and the days left, with an icon when the account expires soon. */
export function Expiry({ on, daysLeft }: { on: string; daysLeft: number }) {
  const { t, date } = useI18n();
  const near = daysLeft < 0 ? "past" : daysLeft <= URGENT_DAYS ? "urgent" : daysLeft <= SOON_DAYS ? "soon" : "calm";
  return (
    <span class="expiry">
      <time dateTime={on}>{date(on)}</time>
      <small class={`expiry-${near}`}>
        {(near === "urgent" || near === "soon") && <Icon name={near === "urgent" ? "warning" : "clock"} />}
        {daysLeft < 0 ? t("days.ago", { n: -daysLeft }) : t("days", { n: daysLeft })}
      </small>
    </span>
  );
}
