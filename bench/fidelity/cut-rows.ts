import { FastRun, planFleet } from "./fleet.ts";
import { CutFinder, type SteadyCut } from "./cuts.ts";
import { libraryWith, type Variant } from "./library.ts";
import { progress } from "./progress.ts";
import { SMART_LAB } from "./references.ts";
import {
  autocorrelation,
  coefficientOfVariation,
  deviation,
  median,
  skewness,
  wasserstein,
} from "./statistics.ts";
import { inside, near, type FidelityRow } from "./table.ts";

const MODEL = "cnc/vmc-3axis-15kw";
const SPAN_S = 3600;
/** As long as the cuts that the reference was computed from. */
const LEAST_S = 6;
const ENDS_S = 0.5;
const POSITIONS = ["x-position", "y-position", "z-position"];

/** Once-per-revolution ripple shows by its alias, so the cut must turn as fast as that of the reference. */
const LAYERS: Variant = {
  reference: "programs/fidelity-layers",
  from: "programs/housing-steel",
  edit: (program) => {
    const cut = { spindle_rpm: SMART_LAB.speed_rpm, feed_mm_min: 900, depth_mm: 4, width_mm: 10 };
    const layers = { ...cut, length_mm: 240, passes: 12, at: [380, 180, -240] };
    for (const [field, value] of Object.entries(layers)) program.setIn(["operations", 1, field], value);
    program.deleteIn(["operations", 2]);
    program.deleteIn(["operations", 0]);
  },
};

/** C1 to C4: what a spindle's power and speed look like at 10 Hz within a cut. */
export function cutRows(machines: number, seed: number): FidelityRow[] {
  const cuts = findCuts(machines, seed);
  const perCut = (statistic: (power_kw: readonly number[]) => number): number =>
    median(cuts.map(({ series }) => statistic(series[0]!)));
  const { source, variation, speedDeviation_rpm } = SMART_LAB;
  const relative = cuts.flatMap(({ series: [power_kw = []] }) => {
    const middle = median(power_kw);
    return power_kw.map((value) => value / middle);
  });
  const speed = deviation(cuts.flatMap(({ series }) => series[1]!));
  const head = { source, fitted: true };
  return [
    near(
      {
        ...head,
        id: "C1",
        what: `spindle power within a cut, 10 Hz: deviation / mean`,
        value: perCut(coefficientOfVariation),
      },
      variation,
      0.03,
    ),
    ...SMART_LAB.autocorrelation.map(([lag, target]) =>
      near(
        {
          ...head,
          id: "C2",
          what: `autocorrelation of the same after ${lag / 10} s`,
          value: perCut((it) => autocorrelation(it, lag)),
        },
        target,
        0.2,
      ),
    ),
    near(
      { ...head, id: "C3", what: "skewness of the same", value: perCut(skewness) },
      SMART_LAB.skewness,
      0.5,
    ),
    inside(
      {
        ...head,
        id: "C3",
        what: "Wasserstein distance of power / median to the real one",
        value: wasserstein(relative, SMART_LAB.powerQuantiles),
      },
      0,
      0.06,
    ),
    {
      ...inside(
        { ...head, id: "C4", what: "spindle speed around its setpoint, deviation in r/min", value: speed },
        speedDeviation_rpm / 2,
        speedDeviation_rpm * 2,
      ),
      score: Math.max(0, 1 - Math.abs(Math.log2(speed / speedDeviation_rpm))),
    },
  ];
}

/** Series of a cut: power in kW, actual minus commanded speed in r/min. */
function findCuts(machines: number, seed: number): SteadyCut[] {
  const line = { model: MODEL, program: LAYERS.reference, count: machines, name: "layers" };
  const { period_s } = SMART_LAB;
  return planFleet([line], libraryWith([LAYERS])).flatMap((unit, i) => {
    progress(`cuts: machine ${i + 1} of ${machines}`);
    const run = new FastRun(unit, seed);
    const finder = new CutFinder(LEAST_S / period_s, ENDS_S / period_s);
    const ids = [
      "machine-state",
      "tool-number",
      "spindle-power",
      "spindle-speed",
      "spindle-command",
      ...POSITIONS,
    ];
    run.run(0, SPAN_S, period_s, ids, ([state, tool, power, speed, command, ...position], time_s) => {
      const speedError_rpm = Number(speed) - Number(command ?? SMART_LAB.speed_rpm);
      const values = [Number(power), speedError_rpm];
      finder.add({ time_s, state, tool, position: position.map(Number), values });
    });
    finder.close();
    return finder.cuts;
  });
}
