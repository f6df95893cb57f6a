import type { Catalog } from "../../src/plant/catalog.ts";
import type { PlannedUnit } from "../../src/scenario/plan.ts";
import { planFleet, type FleetLine } from "./fleet.ts";
import { libraryData, libraryWith } from "./library.ts";
import { programTime_s, watchWeek, type DesignCycles, type MachineWeek } from "./machine-week.ts";
import { LOSSES, type Loss } from "../../src/equipment/time-model.ts";
import { progress } from "./progress.ts";
import { OEE_BANDS } from "./references.ts";
import { quantiles } from "./statistics.ts";
import { inside, plain, type FidelityRow } from "./table.ts";

const WEEK_S = 7 * 86_400;
const DESIGN_SPAN_S = 3 * 3600;

type Profile = "job-shop" | "automated-cell";
export const PROFILES: readonly Profile[] = ["job-shop", "automated-cell"];

/** What stands in a works: most machines are small. Shares of a fleet. */
const FLEET = [
  { model: "cnc/vmc-3axis-15kw", program: "programs/housing-steel", share: 0.5, name: "vmc" },
  { model: "cnc/umc-5axis-25kw", program: "programs/bracket-ti", share: 0.25, name: "umc" },
  { model: "cnc/mill-turn-22kw", program: "programs/shaft-42crmo4", share: 0.25, name: "mtc" },
] as const;

/** A fleet's books of a week. */
export interface FleetWeek {
  readonly profile: Profile;
  readonly machines: readonly MachineWeek[];
}

/** Runs a fleet of every kind of machine through a week, with natural failures. */
export function fleetWeek(profile: Profile, machines: number, seed: number): FleetWeek {
  const catalog = libraryWith();
  const cycles = new Map<string, DesignCycles>();
  const lines = FLEET.map(({ share, name, ...line }, i): FleetLine => {
    const count =
      i === 0
        ? machines - FLEET.slice(1).reduce((sum, it) => sum + Math.floor(it.share * machines), 0)
        : Math.floor(share * machines);
    return {
      ...line,
      name: `${name}-${profile}`,
      count,
      operation: `operations/${profile}`,
      failures: "natural",
    };
  }).filter(({ count }) => count > 0);
  const units = planFleet(lines, catalog);
  for (const { model } of lines) cycles.set(model, designCycles(model, profile, catalog, seed));
  return {
    profile,
    machines: units.map((unit, i) => {
      progress(`week, ${profile}: machine ${i + 1} of ${units.length}`);
      return watchWeek(unit, seed, WEEK_S, cycles.get(unit.modelReference)!);
    }),
  };
}

/** Program time on a machine that nothing disturbs, and the handling that is planned for. */
function designCycles(model: string, profile: Profile, catalog: Catalog, seed: number): DesignCycles {
  const { pallets } = libraryData(`operations/${profile}`) as { pallets?: { change_s: number } };
  const cycles = new Map<string, number>();
  for (const { reference, kind } of catalog.list()) {
    if (kind !== "program") continue;
    const unit = tryPlan(
      {
        model,
        program: reference,
        count: 1,
        name: "design",
        operation: "operations/continuous",
        failures: "none",
      },
      catalog,
    );
    if (!unit) continue;
    progress(`design cycles: ${model}, ${reference}`);
    const { load, unload } = unit.model.handling;
    const handling_s = pallets?.change_s ?? load.median_s + unload.median_s;
    cycles.set(unit.workpieces[0]!.program.name, programTime_s(unit, seed, DESIGN_SPAN_S) + handling_s);
  }
  return cycles;
}

/** @returns undefined when the machine cannot run the program */
function tryPlan(line: FleetLine, catalog: Catalog): PlannedUnit | undefined {
  try {
    return planFleet([line], catalog)[0];
  } catch {
    return undefined;
  }
}

const FACTORS = ["availability", "performance", "quality", "oee"] as const;

/** F1: a fleet's effectiveness against published bands. */
export function oeeRows({ profile, machines }: FleetWeek): FidelityRow[] {
  const bands = OEE_BANDS[profile];
  const name = profile.replace("-", " ");
  return FACTORS.map((factor) => {
    const of = machines.map((it) => 100 * it.effectiveness[factor]);
    const weights = machines.map((it) => it.effectiveness.planned_s);
    const total = weights.reduce((sum, it) => sum + it, 0);
    const value = of.reduce((sum, it, i) => sum + it * weights[i]!, 0) / total;
    const [low = NaN, high = NaN] = quantiles(of, [0.1, 0.9]);
    const what = `${name}: ${factor === "oee" ? "OEE" : factor}, % (10 to 90 % of machines: ${low.toFixed(0)} to ${high.toFixed(0)})`;
    const [from = NaN, to = NaN] = bands[factor];
    return inside({ id: "F1", what, value, source: OEE_BANDS.source, fitted: true }, from, to);
  });
}

/** What a week comes to: losses, energy, tools, alarms. */
export function weekRows({ profile, machines }: FleetWeek): FidelityRow[] {
  const name = profile.replace("-", " ");
  const sum = (figure: (machine: MachineWeek) => number): number =>
    machines.reduce((total, it) => total + figure(it), 0);
  const planned_s = sum((it) => it.effectiveness.planned_s);
  const parts = sum((it) => it.good + it.scrapped);
  const record = (what: string, value: number, source = ""): FidelityRow => ({
    id: "W",
    what: `${name}: ${what}`,
    value,
    target: "",
    source,
  });
  const cutting_s = sum((it) => timeIn(it, "Cutting"));
  const operation_h =
    sum((it) => ["Cutting", "Rapid", "ToolChange"].reduce((total, state) => total + timeIn(it, state), 0)) /
    3600;
  const failures = sum((it) => it.failures);
  const [low, high] = OEE_BANDS[profile].cutting;
  return [
    // The estimate does not say of which time it is a share, so it is no gate.
    record(
      "time in the cut of planned time, %",
      (100 * cutting_s) / planned_s,
      `estimate: ${low} to ${high}`,
    ),
    ...LOSSES.map((loss: Loss) =>
      record(
        `availability lost to ${loss}, % of planned time`,
        (100 * sum((it) => it.effectiveness.lost_s[loss])) / planned_s,
      ),
    ),
    record("parts made", parts),
    record("parts scrapped, %", (100 * sum((it) => it.scrapped)) / parts),
    record("energy, kWh a part", sum((it) => [...it.energy_kwh.values()].reduce((a, b) => a + b, 0)) / parts),
    record("tools used per 100 parts", (100 * sum((it) => it.tools)) / parts),
    record("alarms a machine", sum((it) => it.alarms) / machines.length),
    record(`failures (repairs), in ${plain(operation_h)} h of operation`, failures),
    ...powerRows(machines, record),
  ];
}

const timeIn = ({ spells }: MachineWeek, state: string): number =>
  spells.reduce((total, it) => total + (it.state === state ? it.to_s - it.from_s : 0), 0);

/** Mean power and share of the energy by state. */
function powerRows(
  machines: readonly MachineWeek[],
  record: (what: string, value: number) => FidelityRow,
): FidelityRow[] {
  const energy = new Map<string, number>();
  const time = new Map<string, number>();
  for (const machine of machines) {
    for (const [state, kwh] of machine.energy_kwh) energy.set(state, (energy.get(state) ?? 0) + kwh);
    for (const { state, from_s, to_s } of machine.spells)
      time.set(state, (time.get(state) ?? 0) + to_s - from_s);
  }
  const total_kwh = [...energy.values()].reduce((a, b) => a + b, 0);
  const total_s = [...time.values()].reduce((a, b) => a + b, 0);
  const byEnergy = [...energy].sort(([, a], [, b]) => b - a);
  return byEnergy.map(([state, kwh]) => {
    const span_s = time.get(state) ?? NaN;
    const what = `${state}: mean power, kW (${((100 * kwh) / total_kwh).toFixed(1)} % of energy, ${((100 * span_s) / total_s).toFixed(1)} % of time)`;
    return record(what, (kwh * 3600) / span_s);
  });
}
