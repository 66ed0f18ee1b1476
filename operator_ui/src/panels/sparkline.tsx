import type { JSX } from "preact";

interface SparklineProps {
  /** Oldest first; null leaves a gap. */
  readonly values: readonly (number | null)[];
  readonly label: string;
}

const SHOWN = 120; // values that fill the width: a minute at two a second
const WIDTH = 240;
const HEIGHT = 40;

/** A line without axes: whether it is calm, and how high. */
export function Sparkline({ values, label }: SparklineProps): JSX.Element {
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      data-testid="sparkline"
    >
      <path class="sparkline-base" d={`M0 ${HEIGHT - 1}H${WIDTH}`} />
      <path class="sparkline-line" d={sparkPath(values, SHOWN)} />
    </svg>
  );
}

/** Return the SVG path of the values, newest at the right edge; the scale goes from zero to the highest, 200 at least. */
export function sparkPath(values: readonly (number | null)[], kept: number): string {
  const top = Math.max(200, ...values.map((value) => value ?? 0));
  const step = WIDTH / Math.max(1, kept - 1);
  const first = kept - values.length;
  let pen = false;
  let path = "";
  for (const [index, value] of values.entries()) {
    if (value === null) {
      pen = false;
      continue;
    }
    const x = (first + index) * step;
    const y = HEIGHT - 2 - (value / top) * (HEIGHT - 4);
    path += `${pen ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = true;
  }
  return path;
}
