import type { Command } from "../../src/protocol/port.ts";
import {
  baselineRows,
  edited,
  experiment,
  KIENZLE,
  loadFactor,
  measureBaseline,
  OPERATION,
  PROGRAM,
  Ratios,
  sharpCutOf,
  type Baseline,
} from "./baseline.ts";
import { coldRows, bluntRows, coolantRows } from "./disturbances.ts";
import { cuttingPower_kw, feedTime_s, programText, taylorLife_min } from "./expectation.ts";
import type { FidelityRow } from "./table.ts";

const DEEPER = 1.5;
const FEED_PERCENT = 80;
const OTHER_MATERIAL = "materials/steel-42crmo4";
const WITH_IDLE = "the same, with idle losses and wear as shown";

/** Experiments that change one thing each, against the same seed; what is expected comes from textbooks. */
export function experimentRows(seed: number): FidelityRow[] {
  const { depth_mm } = programText(PROGRAM).operations[OPERATION]!;
  const deeper = edited("programs/deeper", PROGRAM, (it) =>
    it.setIn(["operations", OPERATION, "depth_mm"], DEEPER * depth_mm),
  );
  const other = edited("programs/other", PROGRAM, (it) => it.set("material", OTHER_MATERIAL));
  const base = measureBaseline([deeper, other], seed);
  return [
    ...baselineRows(base),
    ...overrideRows(base),
    ...bluntRows(base),
    ...materialRows(base),
    ...coldRows(seed),
    ...deeperRows(base),
    ...coolantRows(base),
  ];
}

function overrideRows(base: Baseline): FidelityRow[] {
  const set: Command = { name: "set-override", arguments: { which: "feed", percent: FEED_PERCENT } };
  const slow = experiment(base, "feed override", { commands: [set] });
  const { program, operation, response } = base;
  const share = FEED_PERCENT / 100;
  const slower = { ...operation, feed_mm_min: share * operation.feed_mm_min };
  const power = cuttingPower_kw(program, slower) / cuttingPower_kw(program, operation);
  const cycle = 1 + (feedTime_s(program) * (1 / share - 1)) / response.cycle_s;
  return new Ratios("E1", "feed override 80 %")
    .near(
      "power of the cut at equal wear",
      sharpCutOf(base, slow) / sharpCutOf(base, response),
      power,
      0.03,
      `${KIENZLE}: v_f^(1−m_c)`,
    )
    .near("spindle load", slow.load / response.load, loadFactor(base, slow, power), 0.03, WITH_IDLE)
    .near("cycle time", slow.cycle_s / response.cycle_s, cycle, 0.02, "lengths of the feed moves")
    .near(
      "tool life",
      slow.life_min / response.life_min,
      share ** -0.36,
      0.05,
      "exponent on feed fitted to 15 NASA wear curves",
    ).rows;
}

function materialRows(base: Baseline): FidelityRow[] {
  const other = experiment(base, "another material", { program: "programs/other" });
  const { program, operation, response } = base;
  const power = cuttingPower_kw(program, operation, OTHER_MATERIAL) / cuttingPower_kw(program, operation);
  const life = taylorLife_min(program, operation, OTHER_MATERIAL) / taylorLife_min(program, operation);
  return new Ratios("E3", "42CrMo4 instead of C45")
    .near(
      "power of the cut at equal wear",
      sharpCutOf(base, other) / sharpCutOf(base, response),
      power,
      0.04,
      KIENZLE,
    )
    .near("spindle load", other.load / response.load, loadFactor(base, other, power), 0.04, WITH_IDLE)
    .near("cycle time", other.cycle_s / response.cycle_s, 1, 0.02, "the program's feeds are the same")
    .near("tool life", other.life_min / response.life_min, life, 0.05, "Taylor: (C / v)^(1/n)").rows;
}

function deeperRows(base: Baseline): FidelityRow[] {
  const deep = experiment(base, "deeper cut", { program: "programs/deeper" });
  const { response } = base;
  const life = deep.life_min / response.life_min;
  return new Ratios("E5", "cut 1.5 times as deep")
    .near(
      "power of the cut at equal wear",
      sharpCutOf(base, deep) / sharpCutOf(base, response),
      DEEPER,
      0.03,
      "Kienzle: force goes with the width of the chip",
    )
    .near("spindle load", deep.load / response.load, loadFactor(base, deep, DEEPER), 0.03, WITH_IDLE)
    .near("cycle time", deep.cycle_s / response.cycle_s, 1, 0.01, "the path is the same")
    .between(
      "tool life",
      life,
      DEEPER ** -0.98,
      DEEPER ** -0.1,
      "depth to the power of −0.98 (NASA, two depths) to −0.1 (textbooks)",
    ).rows;
}
