import type { WireFamily } from "../fault/wire-fault-kind.ts";
import type { WireFaultWindow } from "../fault/wire-fault-window.ts";
import type { Plant, UnitFault } from "../plant/plant.ts";
import { topicOf } from "../protocol/mqttsn/streams.ts";
import type { ConditionState, GroupSample, UnitEvent } from "../protocol/port.ts";
import type { Plan } from "../scenario/plan.ts";
import type { WireCounts } from "./result.ts";
import type { Work } from "./work-books.ts";

/** One unit at a moment, for somebody who looks at it alone. */
export interface UnitLook {
  /** The last tick of each group that has had one. */
  readonly samples: readonly GroupSample[];
  /** In the order of its description. */
  readonly conditions: readonly ConditionState[];
  /** Ground truth: every window of a fault so far. */
  readonly faults: readonly UnitFault[];
  /** The same of its endpoints. */
  readonly wireFaults: readonly WireFaultWindow[];
  /** Families of faults that can be carried out on its endpoints. */
  readonly wireFamilies: readonly WireFamily[];
  /** The newest first; none unless the run is watched. */
  readonly events: readonly UnitEvent[];
  /** Undefined unless the run is watched. */
  readonly work: Work | undefined;
  /** "opc.tcp://127.0.0.1:24841"; undefined without a server. */
  readonly opcuaUrl: string | undefined;
  /** That its MQTT-SN device publishes to: "udp://127.0.0.1:21884"; none without a device, or as long as one is searched. */
  readonly gateways: readonly string[];
  /** Topic filter of all that its MQTT-SN device publishes; undefined without a device. */
  readonly topics: string | undefined;
  /** What its own endpoints have seen. */
  readonly wire: WireCounts;
}

/** What the plant itself knows of it. */
export function lookAt(plant: Plant, unit: string): Pick<UnitLook, "samples" | "conditions" | "faults"> {
  const { groups } = plant.units.find(({ name }) => name === unit)!;
  return {
    samples: groups.flatMap(({ id }) => plant.read(unit, id) ?? []),
    conditions: plant.conditions(unit),
    faults: plant.unit(unit).faults.windows.map((window) => ({ unit, ...window })),
  };
}

/** Topic filter of all that a unit's MQTT-SN device publishes; undefined without one. */
export function topicsOf({ name, units }: Plan, plant: Plant, unit: string): string | undefined {
  const { mqttsn } = units.find((it) => it.name === unit)!;
  const description = plant.units.find((it) => it.name === unit)!;
  return mqttsn && topicOf(mqttsn.topics, name, description, "+");
}
