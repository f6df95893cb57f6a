import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { RandomKey } from "../../src/engine/random.ts";
import { Simulation } from "../../src/engine/simulation.ts";
import { Chronicle } from "../../src/equipment/chronicle.ts";
import { Attendance } from "../../src/equipment/cnc/attendance.ts";
import { CncMachine } from "../../src/equipment/cnc/cnc-machine.ts";
import { cncModelSchema } from "../../src/equipment/cnc/cnc-model.ts";
import { materialSchema, partProgramSchema } from "../../src/equipment/cnc/part-program.ts";
import { CNC_FAULTS } from "../../src/equipment/cnc/faults/catalogue.ts";
import { Maintenance } from "../../src/equipment/cnc/maintenance.ts";
import { organisationSchema, Roster } from "../../src/equipment/cnc/organisation.ts";
import { CNC_KEEP_S } from "../../src/equipment/cnc/poll-rhythms.ts";
import { Production } from "../../src/equipment/cnc/production.ts";
import { signalGroups } from "../../src/equipment/cnc/signals.ts";
import { FaultInjection } from "../../src/equipment/fault-injection.ts";
import { SENSOR_FAULTS } from "../../src/equipment/sensor-faults/catalogue.ts";
import { UnitContext } from "../../src/equipment/unit-context.ts";
import { sample, type SignalValue } from "../../src/signal/signal.ts";

const load = (reference: string): Record<string, unknown> => {
  const { "taktwerk-model": _version, ...rest } = parse(readFileSync(`models/${reference}.yaml`, "utf8"));
  return rest;
};

/** What a machine that stands alone is, instead of the demo's. */
interface Alone {
  readonly model?: string;
  readonly operation?: string;
  readonly failures?: "natural" | "none";
}

/** One CNC machine alone in a simulation, with its real model, program and material. */
export function aloneCnc(
  program = "programs/bracket-al",
  seed = 1,
  { model = "cnc/vmc-3axis-15kw", operation = "operations/continuous", failures = "none" }: Alone = {},
) {
  const simulation = new Simulation();
  const digest = new Chronicle();
  const key = RandomKey.root(seed).child("cnc-01");
  const context = new UnitContext("cnc-01", simulation, key, digest, CNC_KEEP_S);
  const parsed = partProgramSchema.parse(load(program));
  const machine = new CncMachine(context, cncModelSchema.parse(load(model)), [
    { program: parsed, material: materialSchema.parse(load(parsed.material)) },
  ]);
  const organisation = organisationSchema.parse(load(operation));
  const attendance = new Attendance(machine, organisation);
  const faults = new FaultInjection(context, machine, [...CNC_FAULTS, ...SENSOR_FAULTS]);
  const groups = signalGroups(machine, attendance.watched);
  const production = new Production(machine, organisation, new Roster(organisation, 6 * 3600));
  context.audit(groups);
  machine.control.live(production.live());
  simulation.process("attendance", attendance.attend());
  simulation.process("micro-stops", production.stumble());
  if (failures === "natural") new Maintenance(machine, faults, attendance).start();
  const condition = (id: string) =>
    attendance.watched.find((watched) => watched.condition.head.id === id)!.condition;
  const published = (id: string, time_s = simulation.now_s): SignalValue => {
    for (const { poll, signals } of groups) {
      const signal = signals.find((it) => it.id === id);
      if (signal) return sample(signal, time_s, poll.lastTick(time_s));
    }
    throw new Error(`no signal ${id}`);
  };
  return { simulation, machine, groups, digest, faults, condition, published };
}
