import { JOBS_MAX } from "../equipment/job-list.ts";
import type { SignalGroup } from "../equipment/sensors.ts";
import type { Unit } from "../equipment/unit.ts";
import type { GroupDescription, SignalDescription, UnitDescription } from "../protocol/port.ts";
import type { Signal } from "../signal/signal.ts";
import type { UnitPlan } from "./cell.ts";

/** What never changes of a unit, as the port tells it. */
export function describeUnit(plan: UnitPlan, unit: Unit): UnitDescription {
  return {
    name: plan.name,
    group: plan.group,
    kind: unit.kind,
    model: plan.modelReference,
    index: plan.index,
    nameplate: unit.nameplate,
    components: unit.components,
    tools: unit.tools,
    groups: unit.groups.map(describeGroup),
    history_s: plan.history_s,
    conditions: unit.conditions.map(({ head }) => head),
    commands: unit.commands,
    jobs: unit.jobMachine && { programs: unit.jobMachine.programs, max: JOBS_MAX },
  };
}

function describeGroup({ poll, signals }: SignalGroup): GroupDescription {
  return { id: poll.id, period_s: poll.period_s, signals: signals.map(describeSignal) };
}

function describeSignal(signal: Signal): SignalDescription {
  const { id, title, description, type, past } = signal;
  return { id, title, description, type, ...describeNumber(signal), ...(past ? { history: past } : {}) };
}

function describeNumber(signal: Signal): Partial<SignalDescription> {
  if (!("truth" in signal)) return {};
  const { unit, range, lifetime, isProcessValue } = signal;
  return {
    ...(unit && range ? { unit, range } : {}),
    ...(lifetime ? { lifetime } : {}),
    ...(isProcessValue ? { isProcessValue } : {}),
  };
}
