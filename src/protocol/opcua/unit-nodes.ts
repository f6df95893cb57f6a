/** The nodes of one unit in its server's address space: how a map file finds, fills and binds them. */
import {
  AccessLevelFlag,
  BrowseDirection,
  DataType,
  NodeId,
  NodeIdType,
  Range,
  Variant,
  coerceLocalizedText,
  coerceNodeId,
  makeEUInformation,
  promoteToStateMachine,
} from "node-opcua";
import type {
  AddressSpace,
  BaseNode,
  EUInformation,
  InstantiateObjectOptions,
  Namespace,
  UAObject,
  UAObjectType,
  UAState,
  UAVariable,
  UAVariableType,
  VariantOptions,
} from "node-opcua";

import type {
  EngineeringUnit,
  PlantPort,
  SignalDescription,
  UnitDescription,
  UnitEvent,
  Unwatch,
  Value,
} from "../port.ts";
import { giveValue } from "./library-mends.ts";
import { LiveValues, samplingInterval_ms, type Conversion } from "./live-values.ts";
import { permitReading } from "./permissions.ts";

/** Namespaces that a map file looks up types and browse names in. */
export const NAMESPACE = {
  di: "http://opcfoundation.org/UA/DI/",
  ia: "http://opcfoundation.org/UA/IA/",
  machinery: "http://opcfoundation.org/UA/Machinery/",
  machineTool: "http://opcfoundation.org/UA/MachineTool/",
  cnc: "http://opcfoundation.org/UA/CNC",
} as const;

/** Static nodes are never sampled faster than this. */
const STATIC_SAMPLING_S = 1;

/** A scalar Variant. */
export const scalar = (dataType: DataType, value: unknown): VariantOptions => ({ dataType, value });
export const text = (value: Shown): VariantOptions => scalar(DataType.String, value);
export const localizedText = (value: string): VariantOptions =>
  scalar(DataType.LocalizedText, coerceLocalizedText(value));

/** What a conversion gets for a signal: its value, or undefined for one that the unit does not have. */
export type Shown = Value | undefined;

export type Measure = Pick<SignalDescription, "unit" | "range">;

export type InstanceOptions = Omit<InstantiateObjectOptions, "namespace">;

/** What a Variable of the model shows. */
export interface Binding {
  readonly signals: readonly [string, ...string[]];
  /** From the signals' values; undefined when they mean nothing, which clients see as BadOutOfRange */
  readonly show: Conversion;
  /** Held for good when the unit lacks the first signal */
  readonly otherwise: VariantOptions;
}

/**
 * @param namespace  ours, which all instance nodes live in
 */
export class UnitNodes {
  readonly space: AddressSpace;
  readonly namespace: Namespace;
  readonly unit: UnitDescription;
  readonly port: PlantPort;
  readonly live: LiveValues;
  readonly #listeners = new Map<UnitEvent["kind"], ((event: UnitEvent) => void)[]>();
  readonly #unwatch: Unwatch;
  /** By the type of the machine that has them */
  readonly #states = new Map<string, ReadonlyMap<string, State>>();

  constructor(space: AddressSpace, namespace: Namespace, unit: UnitDescription, port: PlantPort) {
    this.space = space;
    this.namespace = namespace;
    this.unit = unit;
    this.port = port;
    this.live = new LiveValues(port, unit);
    this.#unwatch = port.events(unit.name, (event) => {
      for (const listener of this.#listeners.get(event.kind) ?? []) listener(event);
    });
  }

  /** Calls `listener` with the unit's events of a kind until `release`. */
  onEvent(kind: UnitEvent["kind"], listener: (event: UnitEvent) => void): void {
    this.#listeners.set(kind, [...(this.#listeners.get(kind) ?? []), listener]);
  }

  /** The unit's events reach the nodes no more. */
  release(): void {
    this.#unwatch();
  }

  /** "cnc-01" for no path, "cnc-01/Monitoring/Spindle1" for "Monitoring/Spindle1" */
  nodeId(path: string): string {
    return `s=${path === "" ? this.unit.name : `${this.unit.name}/${path}`}`;
  }

  objectType(name: string, namespaceUri: string): UAObjectType {
    const type = this.space.findObjectType(name, this.space.getNamespaceIndex(namespaceUri));
    if (!type) throw new Error(`the nodesets have no object type ${name}`);
    return type;
  }

  variableType(name: string, namespaceUri = "http://opcfoundation.org/UA/"): UAVariableType {
    const type = this.space.findVariableType(name, this.space.getNamespaceIndex(namespaceUri));
    if (!type) throw new Error(`the nodesets have no variable type ${name}`);
    return type;
  }

  /** An instance of an object type, in our namespace. */
  instantiate(type: string, namespaceUri: string, options: InstanceOptions): UAObject {
    return this.objectType(type, namespaceUri).instantiate({ ...options, namespace: this.namespace });
  }

  /** The folder that Machinery clients look for machines in. */
  get machinesFolder(): UAObject {
    const index = this.space.getNamespaceIndex(NAMESPACE.machinery);
    return this.space.findNode(coerceNodeId(`ns=${index};i=1001`)) as UAObject;
  }

  /** The node at a path of browse names below `root`, whatever their namespaces; undefined when there is none. */
  find(root: BaseNode, path: string): BaseNode | undefined {
    const { value, namespace } = root.nodeId;
    // Ids are paths, but for what several paths lead to.
    const id = new NodeId(NodeIdType.STRING, `${String(value)}/${path}`, namespace);
    const named = namespace === this.namespace.index && this.space.findNode(id);
    if (named) return named;
    return path
      .split("/")
      .reduce<BaseNode | undefined>(
        (node, name) => node && childrenOf(node).find((child) => child.browseName.name === name),
        root,
      );
  }

  object(root: BaseNode, path: string): UAObject {
    return this.#existing(root, path) as UAObject;
  }

  variable(root: BaseNode, path: string): UAVariable {
    return this.#existing(root, path) as UAVariable;
  }

  #existing(root: BaseNode, path: string): BaseNode {
    const node = this.find(root, path);
    if (!node) throw new Error(`${root.nodeId.toString()} has no ${path}`);
    return node;
  }

  /** A value that the simulation does not change. */
  set(root: BaseNode, path: string, value: VariantOptions): void {
    const variable = this.variable(root, path);
    giveValue(variable, value);
    this.fix(variable);
  }

  /** Its value stays as it is, and clients may read it. */
  fix(variable: UAVariable): void {
    variable.minimumSamplingInterval = samplingInterval_ms(STATIC_SAMPLING_S, this.unit.index);
    permitReading(variable);
    makeReadOnly(variable);
  }

  /** A value that is looked up whenever a client reads or samples it. */
  compute(root: BaseNode, path: string, get: () => VariantOptions): void {
    const variable = this.variable(root, path);
    variable.bindVariable({ get: () => new Variant(get()) }, true);
    variable.minimumSamplingInterval = samplingInterval_ms(STATIC_SAMPLING_S, this.unit.index);
    permitReading(variable);
    makeReadOnly(variable);
  }

  /** A Double that the simulation does not change, in a Variable whose type leaves open which number it is. */
  setNumber(root: BaseNode, path: string, value: number): void {
    this.variable(root, path).dataType = coerceNodeId(DataType.Double);
    this.set(root, path, scalar(DataType.Double, value));
  }

  /** A Double of an analog type that the simulation does not change. */
  setAnalog(root: BaseNode, path: string, value: number, measure: Measure): void {
    this.setUnitAndRange(this.variable(root, path), measure);
    this.set(root, path, scalar(DataType.Double, value));
  }

  /** EngineeringUnits and EURange of an analog Variable, from the signal that it shows. */
  setUnitAndRange(variable: UAVariable, { unit, range }: Measure): void {
    // A spindle's override of OPC 40502 has a range only.
    const hasUnit = unit && this.find(variable, "EngineeringUnits");
    if (hasUnit)
      this.set(variable, "EngineeringUnits", scalar(DataType.ExtensionObject, euInformation(unit)));
    if (range) this.set(variable, "EURange", scalar(DataType.ExtensionObject, rangeOf(range)));
  }

  /** Shows signals in a Variable, or holds a static value when the unit lacks the first of them. */
  bind(root: BaseNode, path: string, { signals, show, otherwise }: Binding): void {
    const variable = this.variable(root, path);
    if (!this.live.bind(variable, signals, show)) this.set(root, path, otherwise);
    makeReadOnly(variable);
  }

  /**
   * A Double of an analog type that shows a numeric signal with its unit and range.
   * Without the signal it is `otherwise`, in per cent or what `measure` says.
   */
  bindAnalog(root: BaseNode, path: string, signal: string, otherwise: number, measure = PERCENT): void {
    const show = (value: Shown): VariantOptions => scalar(DataType.Double, value);
    this.setUnitAndRange(this.variable(root, path), { ...measure, ...this.live.signal(signal) });
    this.bind(root, path, { signals: [signal], show, otherwise: show(otherwise) });
  }

  /** From a name to a value of an enumeration Variable; names and numbers are those of the nodeset's DataType. */
  enumeration(root: BaseNode, path: string): (name: Shown) => VariantOptions | undefined {
    const { dataType } = this.variable(root, path);
    const fields = this.space.findDataType(dataType)!.getEnumDefinition().fields ?? [];
    const values = new Map<Shown, VariantOptions>(
      fields.map(({ name, value }) => [name ?? "", scalar(DataType.Int32, value[1])]),
    );
    return (name) => values.get(name);
  }

  setEnumeration(root: BaseNode, path: string, name: string): void {
    this.set(root, path, this.enumeration(root, path)(name)!);
  }

  /**
   * Binds a finite state machine to a signal that names its state: CurrentState, its Id and its Number. Ids and
   * numbers are those of the states of the machine's type. Without the signal it stays in state `otherwise`.
   */
  bindStateMachine(root: BaseNode, path: string, signal: string, otherwise: string): void {
    const machine = this.object(root, path);
    const states = this.states(machine);
    const views: Record<string, (state: State) => VariantOptions> = {
      CurrentState: ({ name }) => localizedText(name),
      "CurrentState/Id": ({ id }) => scalar(DataType.NodeId, id),
      "CurrentState/Number": ({ number }) => scalar(DataType.UInt32, number),
    };
    for (const [view, of] of Object.entries(views)) {
      const show = (name: Shown): VariantOptions | undefined => {
        const state = states.get(String(name));
        return state && of(state);
      };
      this.bind(machine, view, { signals: [signal], show, otherwise: show(otherwise)! });
    }
  }

  /** The states of a finite state machine's type, by name. */
  states(machine: UAObject): ReadonlyMap<string, State> {
    const key = machine.typeDefinition.toString();
    let states = this.#states.get(key);
    if (!states) {
      const found = promoteToStateMachine(machine).getStates();
      states = new Map(found.map((state) => [state.browseName.name!, stateOf(state)]));
      this.#states.set(key, states);
    }
    return states;
  }
}

/** A state of a finite state machine's type. */
export interface State {
  readonly name: string;
  readonly id: NodeId;
  readonly number: number;
}

const stateOf = (state: UAState): State => ({
  name: state.browseName.name!,
  id: state.nodeId,
  number: state.stateNumber.readValue().value.value as number,
});

/** The nodesets declare some Variables writable; here nothing would come of a write. */
function makeReadOnly(variable: UAVariable): void {
  variable.accessLevel = AccessLevelFlag.CurrentRead;
  variable.userAccessLevel = AccessLevelFlag.CurrentRead;
}

/** Unit and range of a percentage that no signal describes. */
const PERCENT: Measure = {
  unit: { code: "P1", symbol: "%", name: "percent" },
  range: { low: 0, high: 200 },
};

/** Forward hierarchical neighbours: components, properties, add-ins and what is organized. */
export function childrenOf(node: BaseNode): BaseNode[] {
  return node.findReferencesExAsObject("HierarchicalReferences", BrowseDirection.Forward);
}

const units = new Map<string, EUInformation>();

/**
 * UNECE common code, symbol and name as Part 8 wants them; the namespace URI is the library's default. Many Variables
 * have the same unit, so they share it.
 */
function euInformation({ code, symbol, name }: EngineeringUnit): EUInformation {
  const key = `${code} ${symbol} ${name}`;
  const unit = units.get(key) ?? makeEUInformation(code, symbol, name);
  units.set(key, unit);
  return unit;
}

const ranges = new WeakMap<object, Range>();

/** One for all Variables that show a signal. */
function rangeOf(given: NonNullable<Measure["range"]>): Range {
  const range = ranges.get(given) ?? new Range({ ...given });
  ranges.set(given, range);
  return range;
}
