import type { Document } from "yaml";
import { ALWAYS, cutOf, edited, MODEL, Ratios, sharpCutOf, withFault, type Baseline } from "./baseline.ts";
import { libraryWith } from "./library.ts";
import { progress } from "./progress.ts";
import { respond } from "./response.ts";
import { mean } from "./statistics.ts";
import { inside, type FidelityRow } from "./table.ts";

/** The parts whose dimension is followed after a cold start. */
const FIRST_PARTS = 8;
const UNMINDED = "programs/unminded";
const COLD_MACHINES = 10;
const COLD_SPAN_S = 5400;
const WARM_UP_MIN = 30;
/** Too weak for the tool, and just strong enough that the control lets the machine go on. */
const WEAK_PUMP = 0.55;

/** Experiments with what goes wrong: a worn edge, a cold machine, no coolant. */
export function bluntRows(base: Baseline): FidelityRow[] {
  const { response } = base;
  const blunt = withFault(base, "tool-wear", 1);
  const force = "force +0.88 per mm of flank wear (NASA, 13 tools), VB 0.3 mm against a tool in use";
  // The first part shows it; then somebody measures and corrects.
  const shift_um = Math.abs((blunt.deviations_um[0] ?? NaN) - (response.deviations_um[0] ?? NaN));
  return new Ratios("E2", "blunt tool")
    .between("power of the cut", cutOf(base, blunt) / cutOf(base, response), 1.08, 1.3, force)
    .between("spindle load", blunt.load / response.load, 1.06, 1.3, force)
    .near("cycle time", blunt.cycle_s / response.cycle_s, 1, 0.02, "feed is commanded, not forced")
    .between(
      "vibration",
      blunt.vibration_mm_s / response.vibration_mm_s,
      1.2,
      2.5,
      "monitoring practice: 1.5 to 2.5 times at the end of life",
    )
    .between("shift of the first part, µm", shift_um, 5, 40, "edge recedes by VB tan 7° = 37 µm at 0.3 mm")
    .rows;
}

/** A machine that warms up with its first parts, against one that was warmed up before. */
export function coldRows(seed: number): FidelityRow[] {
  // Nobody measures the first parts nor minds their size, or the offset would follow the growth.
  const unmeasured = (it: Document): void =>
    void it.setIn(["measuring", "everyParts"], it.createNode({ low: 500, high: 500 }));
  const catalog = libraryWith([
    edited(UNMINDED, "programs/bracket-al", (it) => it.set("tolerance_um", 1000)),
    edited("operations/cold", ALWAYS, unmeasured),
    edited("operations/warm", ALWAYS, (it) => (unmeasured(it), it.set("warmUp_min", WARM_UP_MIN))),
  ]);
  const drift_um = (operation: string): number => {
    progress(`experiments: ${operation}`);
    const setting = {
      catalog,
      model: MODEL,
      program: UNMINDED,
      operation,
      tool: "3",
      span_s: COLD_SPAN_S,
    };
    const { deviations_um } = respond(setting, COLD_MACHINES, seed);
    const late = deviations_um.slice(FIRST_PARTS - 2, FIRST_PARTS);
    return Math.abs(mean(late) - mean(deviations_um.slice(0, 2)));
  };
  const [cold, warm] = [drift_um("operations/cold"), drift_um("operations/warm")];
  const head = { id: "E4", source: "thermal tests as of ISO 230-3: 10 to 30 µm, order of magnitude" };
  return [
    inside(
      {
        ...head,
        what: `cold start: drift from parts 1, 2 to parts ${FIRST_PARTS - 1}, ${FIRST_PARTS}, µm`,
        value: cold,
      },
      5,
      30,
    ),
    inside(
      {
        ...head,
        what: `cold start: the same after ${WARM_UP_MIN} min of warm-up, share of it`,
        value: warm / cold,
        source: "what warm-up is for",
      },
      0,
      0.6,
    ),
  ];
}

export function coolantRows(base: Baseline): FidelityRow[] {
  const { response } = base;
  const dry = withFault(base, "coolant-low", WEAK_PUMP);
  return new Ratios("E6", "coolant low")
    .between("coolant pressure", dry.coolant_bar / response.coolant_bar, 0, 0.8, "what the fault is")
    .near("tool life", dry.life_min / response.life_min, 1 / 1.5, 0.15, "wear 1.5 times as fast (estimate)")
    .near(
      "power of the cut at equal wear",
      sharpCutOf(base, dry) / sharpCutOf(base, response),
      1,
      0.05,
      "cutting force hardly depends on coolant",
    ).rows;
}
