import type { RandomKey } from "../engine/random.ts";
import type { CodedError } from "../errors.ts";
import { wireFaultKinds, type AnyWireFaultKind } from "../fault/catalogue.ts";
import type { WireFamily, WireFaultParameters } from "../fault/wire-fault-kind.ts";
import type { ScheduledWireFault } from "../fault/wire-fault-window.ts";
import type { SourceDocument } from "../plant/document.ts";
import type { MqttSnPlan } from "./endpoints.ts";
import { complainer, isWireFault, parametersOf, timelineOf, type Complain } from "./fault-plan.ts";
import { selectorOf, type FaultSettings } from "./fault-schema.ts";
import type { OpcUaPlan } from "./opcua-plan.ts";
import type { Scenario } from "./schema.ts";
import { select } from "./selector.ts";
import { isFixed } from "./timing-plan.ts";

/** A unit, and how it is on the wire. */
interface Unit {
  readonly name: string;
  readonly group: string;
  readonly modelReference: string;
  readonly opcua: OpcUaPlan | undefined;
  readonly mqttsn: MqttSnPlan | undefined;
}

/** How a run goes. */
interface Circumstances {
  /** A factor of real time, or as fast as possible. */
  readonly speed: number | "max";
  /** Whether endpoints were switched off by hand, and with them all that is about them. */
  readonly isWithoutWire: boolean;
  /** Of the run; picks are drawn from it. */
  readonly root: RandomKey;
}

/** The endpoint that carries a family, and what it is called. */
const CARRIERS = {
  opcua: { endpoint: "opcua", called: "an OPC UA server" },
  tcp: { endpoint: "opcua", called: "an OPC UA server" },
  mqttsn: { endpoint: "mqttsn", called: "an MQTT-SN device" },
} as const satisfies Record<WireFamily, { endpoint: "opcua" | "mqttsn"; called: string }>;

/**
 * The faults on the wire of a scenario, resolved: whose endpoint suffers what, when. What is wrong with them is wrong
 * also in a run without endpoints, which leaves them out.
 *
 * @returns by unit's name
 */
export function planWireFaults(
  scenario: Scenario,
  document: SourceDocument,
  units: readonly Unit[],
  { speed, isWithoutWire, root }: Circumstances,
  report: (error: CodedError) => void,
): ReadonlyMap<string, readonly ScheduledWireFault[]> {
  const planned = new Map<string, ScheduledWireFault[]>();
  const faults = scenario.faults ?? [];
  for (const [i, fault] of faults.entries()) {
    if (!isWireFault(fault)) continue;
    const complain = complainer(document, i, report);
    const kind = wireFaultKinds.find(({ id }) => id === fault.fault)!;
    if (speed !== 1 && !isWithoutWire) {
      const what = `${kind.id} is a fault on the wire, which cannot be at speed ${speed}`;
      complain(["fault"], what, "Run it with --speed 1, or leave the wire out with --no-endpoints.");
    }
    const scheduled = schedule(fault, kind, faults, complain);
    const hit = unitsOf(fault, kind, units, root, complain);
    if (!scheduled) continue;
    for (const unit of hit) checkUnit(kind, scheduled.parameters, unit, complain);
    for (const { name } of isWithoutWire ? [] : hit)
      planned.set(name, [...(planned.get(name) ?? []), scheduled]);
  }
  return planned;
}

function schedule(
  fault: FaultSettings,
  kind: AnyWireFaultKind,
  faults: readonly FaultSettings[],
  complain: Complain,
): ScheduledWireFault | undefined {
  const parameters = parametersOf(fault, kind, complain);
  const timeline = timelineOf(fault, faults, complain);
  if (kind.isMomentary && fault.for !== undefined)
    complain(["for"], `${kind.id} is over at once, so it lasts for no time`, 'Leave out "for".');
  if (!parameters || !timeline) return undefined;
  if (!isFixed(timeline)) {
    const what = `${kind.id} is a fault on the wire, which can wait for no event or state of a machine`;
    complain(timeline.event === undefined ? ["on"] : ["after"], what, "Write a plant time: at.");
  }
  const { id, family, isMomentary } = kind;
  const { at_s, every_s } = timeline;
  const for_s = isMomentary ? 0 : timeline.for_s;
  return { id: fault.id, kind: id, family, at_s, for_s, every_s, parameters };
}

/** The units whose endpoints it hits: only those that have one are drawn from. */
function unitsOf(
  fault: FaultSettings,
  kind: AnyWireFaultKind,
  units: readonly Unit[],
  root: RandomKey,
  complain: Complain,
): readonly Unit[] {
  const { endpoint, called } = CARRIERS[kind.family];
  const { on, id } = fault;
  if (typeof on === "string" && on !== endpoint) {
    const what = `"on" of "${id}" cannot be ${on}: ${kind.id} is carried out on ${called}`;
    complain(["on"], what, `Write on: ${endpoint}.`);
    return [];
  }
  const key = root.child("faults").child(id);
  const selector = selectorOf(on);
  const carrying = units.filter((unit) => unit[endpoint] !== undefined);
  const hit = select(selector, carrying, key);
  if (hit.length > 0) return hit;
  if (select(selector, units, key).length === 0)
    complain(["on"], `"on" of "${id}" means no unit`, "Write what fits one of the fleet.");
  else {
    const what = `${kind.id} needs ${called}, and none of the units that "${id}" is on has one`;
    complain(["fault"], what, `Give them one with endpoints: { ${endpoint}: {} }, or choose other units.`);
  }
  return [];
}

/** Holds a fault against the endpoint of a unit that it hits. */
function checkUnit(
  kind: AnyWireFaultKind,
  parameters: WireFaultParameters,
  { name, opcua, mqttsn }: Unit,
  complain: Complain,
): void {
  if (kind.needsSecurity && opcua?.security.every((it) => it === "none")) {
    const what = `${kind.id} needs a server with security, and that of "${name}" offers none`;
    const fix = "Write for it: security: [Basic256Sha256/SignAndEncrypt], or choose other units.";
    complain(["fault"], what, fix);
  }
  if (kind.family === "mqttsn" && mqttsn?.qos === -1 && parameters["direction"] === "from-gateway") {
    const what = `nothing comes from a gateway at QoS -1, as "${name}" publishes`;
    complain(["with", "direction"], what, "Write direction: to-gateway, or another qos.");
  }
}
