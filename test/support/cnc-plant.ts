import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { RandomKey } from "../../src/engine/random.ts";
import { Simulation } from "../../src/engine/simulation.ts";
import { Chronicle } from "../../src/equipment/chronicle.ts";
import { CncMachine } from "../../src/equipment/cnc/cnc-machine.ts";
import { cncModelSchema } from "../../src/equipment/cnc/cnc-model.ts";
import { materialSchema, partProgramSchema } from "../../src/equipment/cnc/part-program.ts";
import { produce } from "../../src/equipment/cnc/production.ts";
import { CNC_KEEP_S, signalGroups } from "../../src/equipment/cnc/signals.ts";
import { UnitContext } from "../../src/equipment/unit-context.ts";
import { sample, type SignalValue } from "../../src/signal/signal.ts";

const load = (reference: string): Record<string, unknown> => {
  const { "taktwerk-model": _version, ...rest } = parse(readFileSync(`models/${reference}.yaml`, "utf8"));
  return rest;
};

/** One machining centre alone in a simulation, with its real model, program and material. */
export function aloneCnc(program = "programs/bracket-al", seed = 1) {
  const simulation = new Simulation();
  const digest = new Chronicle();
  const context = new UnitContext(
    "cnc-01",
    simulation,
    RandomKey.root(seed).child("cnc-01"),
    digest,
    CNC_KEEP_S,
  );
  const parsed = partProgramSchema.parse(load(program));
  const machine = new CncMachine(context, cncModelSchema.parse(load("cnc/vmc-3axis-15kw")), [
    { program: parsed, material: materialSchema.parse(load(parsed.material)) },
  ]);
  const groups = signalGroups(machine);
  context.audit(groups);
  machine.control.life = simulation.process("cnc-01", produce(machine));
  const published = (id: string, time_s = simulation.now_s): SignalValue => {
    for (const { poll, signals } of groups) {
      const signal = signals.find((it) => it.id === id);
      if (signal) return sample(signal, time_s, poll.lastTick(time_s));
    }
    throw new Error(`no signal ${id}`);
  };
  return { simulation, machine, groups, digest, published };
}
