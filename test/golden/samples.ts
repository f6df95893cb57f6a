/** What a plant publishes in four hours with faults, holds, overrides, breakdowns and reads of its past. */
import { createHash } from "node:crypto";
import { Plant } from "../../src/plant/plant.ts";
import { loadCatalog } from "../../src/runtime/files.ts";
import { planScenario } from "../../src/scenario/plan.ts";
import { UnitTimeline } from "../../src/scenario/unit-timeline.ts";

const SCENARIO = `
taktwerk: 1
name: troubled
seed: 42
duration: 4h
endpoints: { opcua: { history: 20m }, mqttsn: false }
fleet:
  - group: hall
    units:
      - { model: cnc/vmc-3axis-15kw, name: vmc-1, program: programs/bracket-al }
      - { model: cnc/vmc-3axis-15kw, name: vmc-2, program: programs/flange-cast-iron, failures: natural }
      - { model: cnc/mill-turn-22kw, name: turn-1, program: programs/shaft-42crmo4 }
      - { model: cnc/mill-turn-22kw, name: turn-2, program: programs/shaft-42crmo4 }
      - { model: cnc/umc-5axis-25kw, name: umc-1, program: programs/housing-steel }
      - { model: cnc/umc-5axis-25kw, name: umc-2, program: programs/housing-steel }
faults:
  - { id: blunt, at: 30m, for: 40m, on: {}, fault: tool-wear, with: { severity: 0.6 } }
  - { id: break, at: 95m, on: { name: vmc-1 }, fault: tool-breakage }
  - { id: bearing, at: 50m, for: 90m, on: { name: vmc-2 }, fault: spindle-bearing-wear }
  - { id: guide, at: 20m, for: 100m, on: { name: umc-1 }, fault: guide-wear, with: { severity: 0.7 } }
  - { id: chiller, at: 100m, for: 60m, on: { name: umc-2 }, fault: chiller-failure }
  - { id: leak, at: 15m, for: 2h, on: { name: turn-1 }, fault: coolant-low }
  - { id: hit, at: 70m, for: 1m, on: { name: turn-2 }, fault: servo-overload }
  - { id: dip, at: 130m, for: 300ms, on: {}, fault: power-dip }
  - { id: bias, at: 10m, for: 1h, on: {}, fault: sensor-bias, with: { signal: spindle-temperature } }
  - { id: drift, at: 2h, on: { name: vmc-1 }, fault: sensor-drift, with: { signal: spindle-temperature, per_hour: 3 } }
  - { id: stuck, at: 150m, for: 20m, on: { name: umc-1 }, fault: sensor-stuck, with: { signal: spindle-load } }
actions:
  - { id: slower, at: 12m, every: 31m, on: {}, do: set-override, with: { which: feed, percent: 70 } }
  - { id: faster, at: 19m, every: 37m, on: {}, do: set-override, with: { which: feed, percent: 115 } }
  - { id: turn, at: 23m, every: 41m, on: {}, do: set-override, with: { which: spindle, percent: 90 } }
  - { id: hold, at: 9m7s, every: 29m, on: {}, do: hold }
  - { id: go, at: 10m11s, every: 29m, on: {}, do: start }
  - { id: stop, at: 77m, every: 80m, on: {}, do: stop }
  - { id: again, at: 79m, every: 10m, on: {}, do: start }
`;

const SPAN_S = 4 * 3600;
/** All groups are read this often; a multiple of no poll period. */
const READ_EVERY_S = 17.3;
/** One read in so many is written down, the others are only hashed. */
const SPARSE = 139;
const PAST_S = 900;

/** Lines of samples, and last a hash over all that was read. */
export function readTroubled(): string {
  const plan = planScenario("troubled.yaml", SCENARIO, loadCatalog());
  const plant = new Plant(plan.seed, { start_ms: plan.start_ms, wireStart_ms: plan.start_ms }, plan.units);
  for (const { name, timeline } of plan.units)
    new UnitTimeline(plant.unit(name), timeline, (command) => plant.perform(name, command));
  const hash = createHash("sha256");
  const lines: string[] = [];
  let reads = 0;
  for (let time_s = READ_EVERY_S; time_s <= SPAN_S; time_s = ++reads * READ_EVERY_S + READ_EVERY_S) {
    plant.advance(time_s);
    for (const { name, groups } of plant.units) {
      for (const { id } of groups) {
        const sample = plant.read(name, id);
        const line = `${time_s.toFixed(1)} s ${name} ${id} ${JSON.stringify(sample && [sample.tick, sample.values, sample.statuses])}`;
        hash.update(line);
        if (reads % SPARSE === 0) lines.push(line);
      }
      if (reads % SPARSE !== 0) continue;
      const past = ["active-power", "spindle-temperature", "x-position"].map((signal) =>
        plant.history(name, signal, plan.start_ms + (time_s - PAST_S) * 1000, plan.start_ms + time_s * 1000),
      );
      hash.update(JSON.stringify(past));
    }
  }
  return `${lines.join("\n")}\n${reads} reads, SHA-256 ${hash.digest("hex")}\n`;
}
