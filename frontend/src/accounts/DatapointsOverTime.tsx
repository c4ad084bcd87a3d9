import { useI18n } from "../i18n/i18n.tsx";
import { Figure } from "../ui/Figure.tsx";
import { stepChart } from "./stepChart.ts";

interface Step {
  on: string;
  datapoints: number;
}

/** Contracted datapoints since the account's first day. */
export function DatapointsOverTime({ steps, today }: { steps: readonly Step[]; today: string }) {
  const { t, date } = useI18n();
  return (
    <Figure
      title={t("history")}
      sum={steps.length === 1 && <span class="muted">{t("history.unchanged", { date: date(steps[0]!.on) })}</span>}
      picture={<StepChart steps={steps} today={today} />}
      table={<StepTable steps={steps} />}
    />
  );
}

function StepChart({ steps, today }: { steps: readonly Step[]; today: string }) {
  const { t, number, date } = useI18n();
  const { since, points, line, area } = stepChart(steps, today);
  return (
    <div class="steps-chart">
      <div class="steps-plot" aria-hidden="true">
        <svg viewBox="0 0 100 100" preserveAspectRatio="none">
          <path class="steps-area" d={area} />
          <path class="steps-line" d={line} />
        </svg>
        {points.map(({ x, y, datapoints, isLabelled }) => (
          <span key={x} class="steps-point" style={{ left: `${x}%`, top: `${y}%` }}>
            {isLabelled && <span class={x > 85 ? "steps-label steps-label-end" : "steps-label"}>{number(datapoints)}</span>}
          </span>
        ))}
      </div>
      <div class="steps-axis muted">
        <span>{date(since)}</span>
        <span>{t("history.today")}</span>
      </div>
      <ul class="visually-hidden">
        {steps.map(({ on, datapoints }, index) => (
          <li key={index}>
            {date(on)}: {number(datapoints)}
          </li>
        ))}
      </ul>
    </div>
  );
}

function StepTable({ steps }: { steps: readonly Step[] }) {
  const { t, number, signed, date } = useI18n();
  return (
    <table class="figure-table">
      <thead>
        <tr>
          <th scope="col">{t("history.from")}</th>
          <th scope="col">{t("change")}</th>
          <th scope="col">{t("datapoints")}</th>
        </tr>
      </thead>
      <tbody>
        {steps.map(({ on, datapoints }, index) => (
          <tr key={index}>
            <th scope="row">{date(on)}</th>
            <td>{index > 0 && signed(datapoints - steps[index - 1]!.datapoints)}</td>
            <td>{number(datapoints)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
