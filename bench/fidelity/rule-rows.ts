import { ai4iLabels, AI4I_RULES, type Snapshot } from "./ai4i.ts";
import { FastRun } from "./fleet.ts";
import { progress } from "./progress.ts";
import { correlation } from "./statistics.ts";
import { inside, near, type FidelityRow } from "./table.ts";
import type { PlannedUnit } from "../../src/scenario/plan.ts";

const SPAN_S = 8 * 3600;
/** Prime, so that looks do not fall into step with a part's cycle. */
const LOOK_S = 97;
const SOURCE = "AI4I 2020 (Matzka), synthetic: a logic test only";
/** N·m of a kW at 1 r/min. */
const TORQUE = 9549;
const RUN_UP_PERIOD_S = 0.1;
const RUN_UP_SPAN_S = 3600;

const IDS = ["machine-state", "tool-number", "spindle-speed", "spindle-power", "spindle-temperature"];

/** C12: four rules on what is published, against the same rules on the truth behind it. */
export function ruleRows(units: readonly PlannedUnit[], seed: number): FidelityRow[] {
  const tally = new Map(AI4I_RULES.map((rule) => [rule, { same: 0, held: 0 }]));
  let looks = 0;
  for (const [i, unit] of units.entries()) {
    progress(`rules: machine ${i + 1} of ${units.length}`);
    const run = new FastRun(unit, seed);
    run.run(0, SPAN_S, LOOK_S, IDS, ([state, tool, speed, power, temperature], time_s) => {
      if (state !== "Cutting") return;
      const life = `tool-${String(tool)}-life`;
      const air_c = unit.model.ambient_c;
      const shown = snapshot(
        air_c,
        Number(temperature),
        Number(speed),
        Number(power),
        run.published(life, time_s),
      );
      const [turns, kw, warm] = ["spindle-speed", "spindle-power", "spindle-temperature"].map((id) =>
        run.truth(id, time_s),
      );
      const true_ = snapshot(air_c, warm!, turns!, kw!, run.truth(life, time_s));
      const [predicted, labels] = [ai4iLabels(shown), ai4iLabels(true_)];
      looks++;
      for (const rule of AI4I_RULES) {
        const count = tally.get(rule)!;
        if (predicted[rule] === labels[rule]) count.same++;
        if (labels[rule]) count.held++;
      }
    });
  }
  return [
    ...AI4I_RULES.map((rule) => {
      const { same, held } = tally.get(rule)!;
      const what = `rule of ${rule} agrees with the truth, share of ${looks} snapshots (holds in ${held})`;
      return inside({ id: "C12", what, value: same / looks, source: SOURCE, fitted: false }, 0.95, 1);
    }),
    constantPowerRow(units, seed),
  ];
}

function snapshot(
  air_c: number,
  process_c: number,
  speed_rpm: number,
  power_kw: number,
  wear_min: number,
): Snapshot {
  const torque_nm = speed_rpm === 0 ? 0 : (TORQUE * power_kw) / speed_rpm;
  return { air_c, process_c, speed_rpm, torque_nm, wear_min };
}

/** Speed against torque while a drive runs up at its peak power, as the set's authors hold power constant. */
function constantPowerRow(units: readonly PlannedUnit[], seed: number): FidelityRow {
  const [speeds, torques]: [number[], number[]] = [[], []];
  for (const unit of units.slice(0, 3)) {
    const { speedBase_rpm, powerPeak_kw } = unit.model.spindle;
    new FastRun(unit, seed).run(
      0,
      RUN_UP_SPAN_S,
      RUN_UP_PERIOD_S,
      ["spindle-speed", "spindle-power"],
      ([speed, power]) => {
        // Nothing but a run-up takes the peak power.
        if (Number(speed) < speedBase_rpm || Number(power) < powerPeak_kw) return;
        speeds.push(Number(speed));
        torques.push((TORQUE * Number(power)) / Number(speed));
      },
    );
  }
  const what = `correlation of speed and torque at constant power (run-ups, ${speeds.length} samples)`;
  return near(
    { id: "C12", what, value: correlation(speeds, torques), source: SOURCE, fitted: false },
    -0.875,
    0.125,
  );
}
