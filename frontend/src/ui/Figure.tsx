import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { useI18n } from "../i18n/i18n.tsx";

interface FigureProps {
  title: string;
  /** One line above the chart. */
  sum?: ComponentChildren;
  picture: ComponentChildren;
  /** The same data as a table. */
  table: ComponentChildren;
}

/** A chart that can be switched to a table of the same data. */
export function Figure({ title, sum, picture, table }: FigureProps) {
  const { t } = useI18n();
  const [asTable, setAsTable] = useState(false);
  const heading = useId();
  return (
    <section class="card figure" aria-labelledby={heading}>
      <header class="figure-head">
        <h2 id={heading}>{title}</h2>
        <button type="button" class="link" onClick={() => setAsTable(!asTable)}>
          {t(asTable ? "figure.picture" : "figure.table")}
        </button>
      </header>
      {sum && <p class="figure-sum">{sum}</p>}
      {asTable ? table : picture}
    </section>
  );
}
