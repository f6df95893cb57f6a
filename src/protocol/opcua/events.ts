/**
 * What happens to a unit, as OPC UA events of its machine. The library raises events of its own when a state machine
 * of its changes, with severity 0 and no message; ours are bound to signals, so nothing but this raises any.
 */
import { DataType, TimeZoneDataType, promoteToStateMachine } from "node-opcua";
import type { BaseNode, NodeId, UAObject, UAObjectType, UATransition, VariantOptions } from "node-opcua";

import type { UnitEvent } from "../port.ts";
import { NAMESPACE, localizedText, scalar, text, type State, type UnitNodes } from "./unit-nodes.ts";

/** State machines by the signal that names their state, and where they are below the machine. */
const STATE_MACHINES: Readonly<Record<string, string>> = {
  "item-state": "MachineryBuildingBlocks/MachineryItemState",
  "operation-mode": "MachineryBuildingBlocks/MachineryOperationMode",
  "program-state": "Production/ActiveProgram/State",
};

/** The one with a type of events of its own. */
const PROGRAM_STATE = "program-state";

const STANDARD = "http://opcfoundation.org/UA/";

/** EventNotifier, bit 0 (Part 3, 5.5.1) */
const SUBSCRIBE_TO_EVENTS = 1;

/**
 * Raises an event for each transition of the unit's state machines, each part and each change of tool.
 *
 * @param messages  where clients of machines look for events; it has all those of `machine`
 */
export function addEvents(nodes: UnitNodes, machine: UAObject, messages: UAObject): Notifier {
  const notifier = new Notifier(nodes, machine, messages);
  const transitions = new Map<string, Transitions>();
  for (const [signal, path] of Object.entries(STATE_MACHINES)) {
    if (!nodes.live.signal(signal) || !nodes.find(machine, path)) continue;
    const type = signal === PROGRAM_STATE ? "ProductionProgramTransitionEventType" : undefined;
    transitions.set(signal, new Transitions(nodes, notifier, nodes.object(machine, path), type));
  }
  nodes.onEvent("state", (event) => {
    const { from, to, program = "", job = "" } = event.fields;
    const fields = { name: text(program), jobIdentifier: text(job) };
    const isProgram = event.source === PROGRAM_STATE;
    transitions.get(event.source)?.raise(event, String(from), String(to), isProgram ? fields : {});
  });
  const notify = notification(nodes, notifier);
  nodes.onEvent("production", notify);
  nodes.onEvent("tool-change", notify);
  return notifier;
}

/** Machine tools have a type for notifications, with an identifier; other machines use the base type. */
function notification(nodes: UnitNodes, notifier: Notifier): (event: UnitEvent) => void {
  if (nodes.unit.kind !== "cnc") {
    const type = nodes.objectType("BaseEventType", STANDARD);
    return (event) => notifier.raise(type, event, {});
  }
  const type = nodes.objectType("NotificationEventType", NAMESPACE.machineTool);
  return (event) => notifier.raise(type, event, { identifier: text(event.kind) });
}

/** Where a unit's events start: they go up to the Server object, and over to the messages. */
export class Notifier {
  readonly #unit: string;
  readonly #machine: UAObject;
  readonly #hearers: readonly UAObject[];

  constructor(nodes: UnitNodes, machine: UAObject, messages: UAObject) {
    this.#unit = nodes.unit.name;
    this.#machine = machine;
    const server = nodes.space.rootFolder.objects.server as unknown as UAObject;
    this.#hearers = [server, machine, messages];
    server.addReference({ referenceType: "HasEventSource", nodeId: machine });
    for (const node of [machine, messages]) node.setEventNotifier(SUBSCRIBE_TO_EVENTS);
    machine.on("event", (event) => messages.emit("event", event));
  }

  /** Message and severity are always set; nothing is computed for an event that nobody hears. */
  raise(type: UAObjectType, event: UnitEvent, fields: Readonly<Record<string, VariantOptions>>): void {
    const listeners = this.#hearers.reduce((sum, node) => sum + node.listenerCount("event"), 0);
    if (listeners === OUR_OWN) return;
    const time = scalar(DataType.DateTime, new Date(event.timestamp_ms));
    this.#machine.raiseEvent(type, {
      message: localizedText(event.message),
      severity: scalar(DataType.UInt16, event.severity),
      time,
      receiveTime: time,
      // The library would put a DateTime here.
      localTime: scalar(DataType.ExtensionObject, UTC),
      sourceNode: scalar(DataType.NodeId, this.#machine.nodeId),
      sourceName: text(this.#unit),
      ...fields,
    } as never);
  }
}

/** The listener on the machine that hands over to the messages. */
const OUR_OWN = 1;

const UTC = new TimeZoneDataType({ offset: 0, daylightSavingInOffset: false });

/** The events of one state machine. */
export class Transitions {
  readonly #notifier: Notifier;
  readonly #stateMachine: UAObject;
  readonly #type: UAObjectType;
  readonly #states: ReadonlyMap<string, State>;
  /** By "from>to" */
  readonly #transitions: ReadonlyMap<string, UATransition>;

  /** @param type  of its events, in MachineTool's namespace; the standard's when left out */
  constructor(nodes: UnitNodes, notifier: Notifier, stateMachine: UAObject, type?: string) {
    this.#notifier = notifier;
    this.#stateMachine = stateMachine;
    this.#states = nodes.states(stateMachine);
    this.#transitions = new Map(
      promoteToStateMachine(stateMachine)
        .getTransitions()
        .map((transition) => {
          const { fromStateNode, toStateNode } = transition as UATransition & Ends;
          return [`${fromStateNode?.browseName.name}>${toStateNode?.browseName.name}`, transition];
        }),
    );
    this.#type = type
      ? nodes.objectType(type, NAMESPACE.machineTool)
      : nodes.objectType("TransitionEventType", STANDARD);
  }

  /** @param fields  what the type of event has beyond a transition */
  raise(event: UnitEvent, from: string, to: string, fields: Readonly<Record<string, VariantOptions>>): void {
    const transition = this.#transitions.get(`${from}>${to}`);
    const id = (nodeId: NodeId | undefined): VariantOptions =>
      scalar(DataType.NodeId, nodeId ?? this.#stateMachine.nodeId);
    this.#notifier.raise(this.#type, event, {
      sourceNode: scalar(DataType.NodeId, this.#stateMachine.nodeId),
      fromState: localizedText(from),
      "fromState.id": id(this.#states.get(from)?.id),
      toState: localizedText(to),
      "toState.id": id(this.#states.get(to)?.id),
      transition: localizedText(transition?.browseName.name ?? `${from} -> ${to}`),
      "transition.id": id(transition?.nodeId),
      ...fields,
    });
  }
}

/** What the library adds to a transition. */
interface Ends {
  readonly fromStateNode?: BaseNode | null;
  readonly toStateNode?: BaseNode | null;
}
