import { useState } from "preact/hooks";
import type { Zone } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { Icon } from "../ui/icons.tsx";
import { setPreference, readPreference } from "../session/preferences.ts";
import { useParams } from "../ui/params.ts";
import { csvHref } from "./listQuery.ts";

/** Row density, print and CSV export of a list. */
export function ListTools({ zone }: { zone: Zone }) {
  const { t } = useI18n();
  const [params] = useParams();
  const [density, setDensity] = useState(() => readPreference("density"));
  const isCompact = density === "compact";
  const toggle = () => {
    const next = isCompact ? "comfortable" : "compact";
    setPreference("density", next);
    setDensity(next);
  };
  return (
    <div class="list-tools">
      <button type="button" class="icon-button density" aria-pressed={isCompact} aria-label={t("view.compact")} title={t("view.compact")} onClick={toggle}>
        <Icon name="rows" />
      </button>
      <button type="button" class="icon-button" aria-label={t("view.print")} title={t("view.print")} onClick={() => print()}>
        <Icon name="print" />
      </button>
      {/* ``target`` keeps the router away: the server answers with a file. */}
      <a class="button quiet" target="_top" href={csvHref(zone, params)}>
        <Icon name="download" />
        {t("view.csv")}
      </a>
    </div>
  );
}
