import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { useI18n } from "../i18n/i18n.tsx";

interface FigureProps {
  title: string;
  /** What the picture comes to, in a line. */
  sum?: ComponentChildren;
  picture: ComponentChildren;
  /** The same as a table, for whoever would rather read. */
  table: ComponentChildren;
}

/** A picture with the table behind it. */
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
