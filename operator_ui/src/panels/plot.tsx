import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";

/** One line of a plot; null leaves a gap. */
export interface Series {
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly colour: string;
  readonly dashed?: boolean;
}

export interface PlotProps {
  readonly name: string;
  /** Seconds, rising; the same number as each series has values. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
  /** Where a moment is marked, in the same seconds. */
  readonly mark?: number;
  readonly heightPx?: number;
  readonly top?: number;
}

const GRID = "#2c3540";
const TEXT = "#9ba8b6";
const MARK = "#ff6b6b";

/** A plot with axes. The library comes when the first plot is drawn: a page that shows none is not heavier for it. */
export function Plot({ name, times, series, mark, heightPx = 120, top }: PlotProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const marked = useRef<number | undefined>(mark);
  marked.current = mark;
  const labels = series.map(({ label }) => label).join("|");
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    let gone = false;
    const resize = new ResizeObserver(() => {
      chart.current?.setSize({ width: element.clientWidth, height: heightPx });
    });
    void import("uplot").then(({ default: Chart }) => {
      if (gone) return;
      chart.current = new Chart(
        optionsOf({ element, series, heightPx, top, marked }),
        dataOf(times, series),
        element,
      );
      resize.observe(element);
    });
    return () => {
      gone = true;
      resize.disconnect();
      chart.current?.destroy();
      chart.current = null;
    };
  }, [labels, heightPx, top]);
  useEffect(() => {
    chart.current?.setData(dataOf(times, series));
  });
  return (
    <figure class="plot" data-testid="plot">
      <figcaption>
        <span class="plot-name">{name}</span>
        {series.map(({ label, colour, dashed }) => (
          <span key={label} class="plot-label">
            <svg class="plot-key" viewBox="0 0 16 4" aria-hidden="true" focusable="false">
              <path
                d="M0 2H16"
                stroke={colour}
                stroke-width="3"
                stroke-dasharray={dashed ? "4 3" : undefined}
              />
            </svg>
            {label}
          </span>
        ))}
      </figcaption>
      <div ref={place} class="plot-place" role="img" aria-label={name} />
    </figure>
  );
}

function dataOf(times: readonly number[], series: readonly Series[]): uPlot.AlignedData {
  return [times, ...series.map(({ values }) => values)] as unknown as uPlot.AlignedData;
}

interface Wishes {
  readonly element: HTMLElement;
  readonly series: readonly Series[];
  readonly heightPx: number;
  readonly top: number | undefined;
  readonly marked: { readonly current: number | undefined };
}

function optionsOf({ element, series, heightPx, top, marked }: Wishes): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: TEXT,
    grid: { stroke: GRID, width: 1 },
    ticks: { stroke: GRID, width: 1 },
    font: "12px system-ui",
  };
  return {
    width: Math.max(50, element.clientWidth),
    height: heightPx,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false }, y: { range: (_chart, _low, high) => [0, Math.max(top ?? 1, high ?? 0)] } },
    axes: [
      { ...axis, size: 24, values: (_chart, ticks) => ticks.map((tick) => `${tick}`) },
      { ...axis, size: 44 },
    ],
    series: [
      {},
      ...series.map(({ label, colour, dashed }) => ({
        label,
        stroke: colour,
        width: 2,
        points: { show: false },
        ...(dashed ? { dash: [6, 4] } : {}),
      })),
    ],
    hooks: { draw: [(chart) => drawMark(chart, marked.current)] },
  };
}

function drawMark(chart: uPlot, at: number | undefined): void {
  if (at === undefined) return;
  const x = chart.valToPos(at, "x", true);
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = MARK;
  ctx.lineWidth = 2;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}
