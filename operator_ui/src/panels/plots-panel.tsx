import type { JSX } from "preact";
import type { Sample } from "../session/recorder";
import type { Session } from "../session/session";
import { words } from "../strings/language";
import { Fold } from "./fold";
import { Plot, type Series } from "./plot";

const BLUE = "#6cb8ff";
const GREEN = "#4fc38a";
const AMBER = "#f0b44a";

/** The link and the robot over the last two minutes; drawn only while it is open. */
export function PlotsPanel({ session }: { readonly session: Session }): JSX.Element {
  return (
    <Fold name="plots" heading={words.value.watch.plots.heading}>
      {() => <Plots samples={session.watch.record.value} zeroMs={session.nowMs.value} />}
    </Fold>
  );
}

/** The plots of some looks; `zeroMs` is the moment from which the seconds count. */
export function Plots({
  samples,
  zeroMs,
  mark,
}: {
  readonly samples: readonly Sample[];
  readonly zeroMs: number;
  readonly mark?: number;
}): JSX.Element {
  const text = words.value.watch.plots;
  const times = samples.map(({ atMs }) => (atMs - zeroMs) / 1000);
  const marked = mark === undefined ? {} : { mark };
  const line = (
    label: string,
    colour: string,
    of: (sample: Sample) => number | null,
    dashed = false,
  ): Series => ({
    label,
    colour,
    values: samples.map(of),
    dashed,
  });
  const share = (value: number | null) => (value === null ? null : value * 100);
  return (
    <div class="plot-grid">
      <Plot
        name={text.delays}
        times={times}
        top={200}
        series={[
          line(text.loop, BLUE, (each) => each.loopMs),
          line(text.rtt, GREEN, (each) => each.rttMs, true),
          line(text.gap, AMBER, (each) => each.gapMs),
        ]}
        {...marked}
      />
      <Plot
        name={text.speeds}
        times={times}
        top={0.6}
        series={[
          line(text.asked, AMBER, (each) => each.askedMps, true),
          line(text.applied, BLUE, (each) => each.appliedMps),
        ]}
        {...marked}
      />
      <Plot
        name={text.rates}
        times={times}
        top={500}
        series={[line(text.rate, BLUE, (each) => each.kbps)]}
        {...marked}
      />
      <Plot
        name={text.loss}
        times={times}
        top={5}
        series={[line(text.lost, AMBER, (each) => share(each.lost))]}
        {...marked}
      />
      <Plot
        name={text.battery}
        times={times}
        top={100}
        series={[line(text.level, GREEN, (each) => share(each.battery))]}
        {...marked}
      />
    </div>
  );
}
