/**
 * A unit's conditions as alarm nodes (Part 9). The plant owns their life; a node mirrors it, and what a client
 * calls becomes a command to the plant. The library would keep the life in the node: its methods, its timers and
 * the branches that it makes are not used.
 *
 * Enable and Disable are the library's and local to the server: they are about what it shows, not about the machine.
 */
import { DataType, ObjectTypeIds, StatusCodes, Variant, coerceLocalizedText } from "node-opcua";
import type {
  BaseNode,
  CallMethodResultOptions,
  CallbackT,
  ConditionSnapshot,
  ISessionContext,
  MethodFunctor,
  StatusCode,
  UAAlarmConditionEx,
  UAMethod,
  UAObject,
  UAVariable,
} from "node-opcua";

import type { ConditionDescription, ConditionState, Shelving, Value } from "../port.ts";
import { callResult, userOf } from "./commands.ts";
import { permitCalling } from "./permissions.ts";
import { NAMESPACE, scalar, type State, type UnitNodes } from "./unit-nodes.ts";

/** Part 9, 5.9: what a client filters alarms by. */
const CONDITION_CLASSES = {
  process: ObjectTypeIds.ProcessConditionClassType,
  maintenance: ObjectTypeIds.MaintenanceConditionClassType,
  safety: ObjectTypeIds.SafetyConditionClassType,
  system: ObjectTypeIds.SystemConditionClassType,
} as const satisfies Record<ConditionDescription["category"], number>;

/** Names of the states of Part 9's ShelvedStateMachineType. */
const SHELVED_STATES = {
  unshelved: "Unshelved",
  "timed-shelved": "TimedShelved",
  "one-shot-shelved": "OneShotShelved",
} as const satisfies Record<Shelving, string>;

/** Severity of a condition that was never active. */
const QUIET_SEVERITY = 1;

/** Longest time of shelving: a month, which no shift forgets. */
const SHELVED_MAX_MS = 31 * 86_400_000;

const OPTIONALS = ["ConfirmedState", "Confirm", "ShelvingState", "ShelvingState.CurrentState.Number"];

/** Adds an alarm for each condition below `folder`; their source is `machine`, an event source by now. */
export function addAlarms(nodes: UnitNodes, machine: UAObject, folder: UAObject): void {
  const alarms = new Map(
    nodes.unit.conditions.map((condition) => [condition.id, new Alarm(nodes, machine, folder, condition)]),
  );
  nodes.onEvent("condition", ({ source, message, severity }) => {
    alarms.get(source)!.raise(message, severity);
  });
}

/** What the library can set beyond what it declares: the times of transitions. */
interface Branch extends ConditionSnapshot {
  setActiveState(active: boolean, times?: TransitionTimes): StatusCode;
  setAckedState(acknowledged: boolean, times?: TransitionTimes): StatusCode;
  setConfirmedStateIfExists(confirmed: boolean, times?: TransitionTimes): void;
}

interface TransitionTimes {
  readonly transitionTime: Date;
  readonly effectiveTransitionTime: Date;
}

const transitionAt = (time: Date): TransitionTimes => ({
  transitionTime: time,
  effectiveTransitionTime: time,
});

/** One condition and its node. */
class Alarm {
  readonly #nodes: UnitNodes;
  readonly #condition: ConditionDescription;
  readonly #node: UAAlarmConditionEx;
  readonly #shelvedStates: ReadonlyMap<string, State>;

  constructor(nodes: UnitNodes, machine: UAObject, folder: UAObject, condition: ConditionDescription) {
    this.#nodes = nodes;
    this.#condition = condition;
    this.#node = this.#instantiate(machine, folder);
    this.#shelvedStates = nodes.states(this.#node.shelvingState as unknown as UAObject);
    this.show(this.#state);
    this.#begin();
    this.#bindMethods();
    this.#bindUnshelveTime();
    this.#catchUpWhenEnabled();
  }

  #instantiate(machine: UAObject, folder: UAObject): UAAlarmConditionEx {
    const { namespace, unit, space } = this.#nodes;
    const { id, title, description, category, signal, code } = this.#condition;
    // Machine tools have an alarm type of their own, which carries the control's alarm number.
    const machineTool = unit.kind === "cnc";
    const type = machineTool
      ? this.#nodes.objectType("AlertType", NAMESPACE.machineTool)
      : this.#nodes.objectType("AlarmConditionType", "http://opcfoundation.org/UA/");
    const node = namespace.instantiateAlarmCondition(type.nodeId, {
      browseName: { name: id, namespaceIndex: namespace.index },
      displayName: title,
      description,
      nodeId: this.#nodes.nodeId(`Conditions/${id}`),
      componentOf: folder,
      conditionSource: machine,
      conditionName: id,
      conditionClass: space.findNode(`i=${CONDITION_CLASSES[category]}`) as UAObject,
      inputNode: space.findNode(`ns=${namespace.index};${this.#nodes.nodeId(signal)}`)!.nodeId,
      maxTimeShelved: SHELVED_MAX_MS,
      optionals: [...OPTIONALS],
    } as never) as unknown as UAAlarmConditionEx;
    if (machineTool) this.#nodes.set(node, "ErrorCode", scalar(DataType.String, code));
    node.setSourceName(unit.name);
    return node;
  }

  /** What a client finds before anything has happened; the library would say so at the time of the server's start. */
  #begin(): void {
    const branch = this.#branch;
    const since = { sourceTimestamp: new Date(this.#state.activeTimestamp_ms) };
    for (const state of ["EnabledState", "ActiveState"]) {
      for (const time of ["TransitionTime", "EffectiveTransitionTime"])
        this.#variable(`${state}/${time}`).setValueFromSource(
          scalar(DataType.DateTime, since.sourceTimestamp),
        );
    }
    branch.setQuality(StatusCodes.Good, since);
    branch.setSeverity(QUIET_SEVERITY, since);
    branch.setLastSeverity(QUIET_SEVERITY, since);
    branch.setMessage(`${this.#condition.title}: normal`);
    branch.renewEventId();
  }

  /** Takes over where the condition is, without an event: what a refresh tells later on. */
  show(state: ConditionState): void {
    const branch = this.#branch;
    const changed = new Date(state.timestamp_ms);
    branch.setActiveState(state.active, transitionAt(new Date(state.activeTimestamp_ms)));
    branch.setAckedState(state.acknowledged, transitionAt(changed));
    branch.setConfirmedStateIfExists(state.confirmed, transitionAt(changed));
    branch.setComment(state.comment, { sourceTimestamp: changed });
    branch.setClientUserId(state.commentBy);
    branch.setRetain(state.active || !state.acknowledged || !state.confirmed);
    branch.setTime(changed);
    branch.setReceiveTime(changed);
    this.#showShelving(state);
  }

  /** The same with its event; a client that acknowledges names the event that it has seen. */
  raise(message: string, severity: number): void {
    // What happens to a disabled condition is taken over when it is enabled.
    if (!this.#node.getEnabledState()) return;
    const branch = this.#branch;
    const state = this.#state;
    if (state.active) branch.setSeverity(severity, { sourceTimestamp: new Date(state.timestamp_ms) });
    branch.setMessage(message);
    this.show(state);
    this.#node.raiseConditionEvent(branch, true);
  }

  /** The library leaves open what is evaluated then, and would put the Retain of the past back. */
  #catchUpWhenEnabled(): void {
    const node = this.#node as unknown as {
      evaluateConditionsAfterEnabled(): void;
      _previousRetainFlag?: boolean;
    };
    node.evaluateConditionsAfterEnabled = () => {
      delete node._previousRetainFlag;
      const { title, message, severity } = this.#condition;
      this.raise(this.#state.active ? message : `${title}: normal`, severity);
    };
  }

  get #branch(): Branch {
    return this.#node.currentBranch() as Branch;
  }

  get #state(): ConditionState {
    return this.#nodes.port.conditions(this.#nodes.unit.name).find(({ id }) => id === this.#condition.id)!;
  }

  #showShelving({ shelving }: ConditionState): void {
    const name = SHELVED_STATES[shelving];
    const { id, number } = this.#shelvedStates.get(name)!;
    const current = this.#variable("ShelvingState/CurrentState");
    current.setValueFromSource({ dataType: DataType.LocalizedText, value: coerceLocalizedText(name) });
    this.#variable("ShelvingState/CurrentState/Id").setValueFromSource(scalar(DataType.NodeId, id));
    this.#variable("ShelvingState/CurrentState/Number").setValueFromSource(scalar(DataType.UInt32, number));
    const shelved = scalar(DataType.Boolean, shelving !== "unshelved");
    this.#variable("SuppressedOrShelved").setValueFromSource(shelved);
  }

  #variable(path: string): UAVariable {
    return this.#nodes.variable(this.#node as unknown as BaseNode, path);
  }

  /** How long it is still shelved; a condition that is not, or for no certain time, has the longest there is. */
  #bindUnshelveTime(): void {
    const left_ms = (): number => {
      const state = this.#state;
      if (state.shelving === "unshelved") return 0;
      if (state.unshelves_ms === undefined) return SHELVED_MAX_MS;
      return Math.max(0, state.unshelves_ms - this.#nodes.port.now_ms);
    };
    const get = (): Variant => new Variant({ dataType: DataType.Double, value: left_ms() });
    this.#variable("ShelvingState/UnshelveTime").bindVariable({ get }, true);
  }

  #bindMethods(): void {
    const noted = (command: string): MethodFunctor => this.#noted(command);
    this.#bind("Acknowledge", noted("acknowledge"));
    this.#bind("Confirm", noted("confirm"));
    this.#bind("AddComment", noted("comment"));
    this.#bind("ShelvingState/TimedShelve", (given, _context, done) => {
      const duration_ms = given[0]!.value as number;
      if (!(duration_ms > 0 && duration_ms <= SHELVED_MAX_MS)) {
        return done(null, { statusCode: StatusCodes.BadShelvingTimeOutOfRange });
      }
      this.#command("shelve", { duration_s: duration_ms / 1000 }, done);
    });
    this.#bind("ShelvingState/OneShotShelve", (_given, _context, done) => this.#command("shelve", {}, done));
    this.#bind("ShelvingState/Unshelve", (_given, _context, done) => this.#command("unshelve", {}, done));
  }

  #bind(path: string, functor: MethodFunctor): void {
    const method = this.#nodes.find(this.#node as unknown as BaseNode, path) as UAMethod;
    method.bindMethod(functor);
    permitCalling(method);
  }

  /** Of a method with the event that the client has seen and a comment. */
  #noted(command: string): MethodFunctor {
    return (given, context: ISessionContext, done) => {
      const [eventId, comment] = given;
      if (!this.#node.getEnabledState()) return done(null, { statusCode: StatusCodes.BadConditionDisabled });
      const known = this.#variable("EventId").readValue().value.value as Buffer | null;
      if (!eventId?.value || !known?.equals(eventId.value as Buffer)) {
        return done(null, { statusCode: StatusCodes.BadEventIdUnknown });
      }
      const text = (comment?.value as { text?: string | null } | null)?.text ?? "";
      this.#command(command, { comment: text, by: userOf(context) }, done);
    };
  }

  #command(
    name: string,
    given: Readonly<Record<string, Value>>,
    done: CallbackT<CallMethodResultOptions>,
  ): void {
    const command = { name, arguments: { condition: this.#condition.id, ...given } };
    done(null, callResult(this.#nodes.port.command(this.#nodes.unit.name, command)));
  }
}
