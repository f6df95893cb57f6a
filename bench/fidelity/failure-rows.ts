import { CNC_FAULTS } from "../../src/equipment/cnc/faults/catalogue.ts";
import { FastRun, planFleet } from "./fleet.ts";
import { libraryWith, type Variant } from "./library.ts";
import { progress } from "./progress.ts";
import { fitWeibull, kolmogorovProbability, kolmogorovSmirnov, weibullCdf } from "./statistics.ts";
import { inside, near, type FidelityRow } from "./table.ts";

const MACHINES = 12;
const SPAN_S = 5 * 7 * 86_400;
/** The one that comes most often: two hundred lives fit into a run. */
const FAULT = "part-misload";
const MODEL = "cnc/vmc-3axis-15kw";

/** Hours in one cut: failures count operating hours, and parts would only cost computing time. */
const ENDLESS: Variant = {
  reference: "programs/fidelity-endless",
  from: "programs/housing-steel",
  edit: (program) => {
    const cut = { depth_mm: 0.5, width_mm: 0.1, length_mm: 200, passes: 1500 };
    for (const [field, value] of Object.entries(cut)) program.setIn(["operations", 1, field], value);
    program.deleteIn(["operations", 2]);
    program.deleteIn(["operations", 0]);
  },
};

/** F2: operating hours between failures of one kind, against the distribution that the fault's file names. */
export function failureRows(seed: number): FidelityRow[] {
  const { id, raises, reliability } = CNC_FAULTS.find((it) => it.id === FAULT)!;
  const { shape, scale_h } = reliability!;
  const line = {
    model: MODEL,
    program: ENDLESS.reference,
    count: MACHINES,
    name: "f2",
    failures: "natural",
  } as const;
  const lives_h = planFleet([line], libraryWith([ENDLESS])).flatMap((unit, i) => {
    progress(`failures: machine ${i + 1} of ${MACHINES}`);
    return livesOf(new FastRun(unit, seed), raises[0]!);
  });
  const distance = kolmogorovSmirnov(lives_h, (life_h) => weibullCdf({ shape, scale: scale_h }, life_h));
  const fitted = lives_h.length > 1 ? fitWeibull(lives_h) : { shape: NaN, scale: NaN };
  const head = { id: "F2", source: "the fault's own file: self-consistency", fitted: false };
  const what = `operating hours between failures, ${id}`;
  return [
    inside({ ...head, what: `${what}: lives`, value: lives_h.length }, 200, Infinity),
    inside(
      {
        ...head,
        what: `${what}: probability (Kolmogorov–Smirnov)`,
        value: kolmogorovProbability(distance, lives_h.length),
      },
      0.05,
      1,
    ),
    near({ ...head, what: `${what}: fitted Weibull shape`, value: fitted.shape }, shape, 0.15 * shape),
    near({ ...head, what: `${what}: fitted Weibull scale, h`, value: fitted.scale }, scale_h, 0.15 * scale_h),
  ];
}

/** Hours of operation between two times that a condition becomes active. */
function livesOf(run: FastRun, condition: string): number[] {
  const lives_h: number[] = [];
  let last_h = run.truth("operation-time", 0);
  run.onEvent(({ kind, source, fields, time_s }) => {
    if (kind !== "condition" || source !== condition || fields.change !== "active") return;
    const now_h = run.truth("operation-time", time_s);
    lives_h.push(now_h - last_h);
    last_h = now_h;
  });
  run.cell.run(SPAN_S);
  return lives_h;
}
