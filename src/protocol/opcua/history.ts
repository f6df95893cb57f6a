/**
 * The past of the signals that a model marks, so that a gateway can back-fill a gap: HistoryRead raw, and processed
 * as average, minimum, maximum, count and interpolation. Nothing is stored here: what the plant published at a tick
 * is a function of the tick, and it keeps its trajectories for a while.
 */
import { AccessLevelFlag, AggregateFunction, DataType, addAggregateSupport } from "node-opcua";
import type { DataValue, IVariableHistorian, ReadRawModifiedDetails, UAObject, UAVariable } from "node-opcua";

import type { SignalDescription } from "../port.ts";
import { scalar, type UnitNodes } from "./unit-nodes.ts";

const UA = "http://opcfoundation.org/UA/";

/** Part 13 functions that the library computes. */
const AGGREGATES = [
  AggregateFunction.Average,
  AggregateFunction.Minimum,
  AggregateFunction.Maximum,
  AggregateFunction.Count,
  AggregateFunction.Interpolative,
];

type Shape = NonNullable<SignalDescription["history"]>;

/** Lets clients ask for the past of every marked signal; a unit that keeps none offers none. */
export function addHistory(nodes: UnitNodes): void {
  if (nodes.unit.history_s === 0) return;
  stateSupport(nodes);
  const configurations = new Map<Shape, UAObject>();
  for (const group of nodes.unit.groups) {
    for (const signal of group.signals) {
      if (!signal.history) continue;
      const configuration = configurations.get(signal.history) ?? addConfiguration(nodes, signal.history);
      configurations.set(signal.history, configuration);
      addPast(nodes, signal, configuration);
    }
  }
}

/** Address spaces of servers that say it, which those with several units do once */
const stated = new WeakSet<object>();

function stateSupport(nodes: UnitNodes): void {
  if (stated.has(nodes.space)) return;
  stated.add(nodes.space);
  addAggregateSupport(nodes.space, AGGREGATES);
}

/** Part 11's HistoricalDataConfiguration, one for all signals of a shape: eleven nodes less for each of them. */
function addConfiguration(nodes: UnitNodes, shape: Shape): UAObject {
  const configuration = nodes.objectType("HistoricalDataConfigurationType", UA).instantiate({
    browseName: { name: "HA Configuration", namespaceIndex: 0 },
    namespace: nodes.namespace,
    nodeId: nodes.nodeId(`History/${shape}`),
    optionals: ["StartOfOnlineArchive"],
  });
  nodes.set(configuration, "Stepped", scalar(DataType.Boolean, shape === "stepped"));
  const aggregates = {
    TreatUncertainAsBad: scalar(DataType.Boolean, true),
    PercentDataBad: scalar(DataType.Byte, 100),
    PercentDataGood: scalar(DataType.Byte, 100),
    UseSlopedExtrapolation: scalar(DataType.Boolean, false),
  };
  for (const [name, value] of Object.entries(aggregates)) {
    nodes.set(configuration, `AggregateConfiguration/${name}`, value);
  }
  nodes.compute(configuration, "StartOfOnlineArchive", () => {
    const { port, unit } = nodes;
    return scalar(DataType.DateTime, new Date(port.now_ms - unit.history_s * 1000));
  });
  return configuration;
}

function addPast(nodes: UnitNodes, signal: SignalDescription, configuration: UAObject): void {
  const id = `ns=${nodes.namespace.index};${nodes.nodeId(signal.id)}`;
  const variable = nodes.space.findNode(id) as UAVariable;
  Object.assign(variable, historyBehaviour(nodes), {
    varHistorian: new TickHistorian(nodes, signal),
    $historicalDataConfiguration: configuration,
    historizing: true,
  });
  variable.accessLevel |= AccessLevelFlag.HistoryRead;
  variable.userAccessLevel = variable.accessLevel;
  variable.addReference({ referenceType: "HasHistoricalConfiguration", nodeId: configuration });
}

/** Functions that the library puts on a Variable with a past; they hold nothing of it. */
const BEHAVIOUR = [
  "_historyRead",
  "_historyReadRaw",
  "_historyReadRawAsync",
  "_historyReadRawModify",
  "_historyReadModify",
] as const;
let behaviour: Readonly<Record<string, unknown>> | undefined;

/**
 * The library makes a configuration of its own for each Variable, with node ids that count; so it is let do so once
 * in a process, with a Variable that goes again.
 */
function historyBehaviour({ space, namespace }: UnitNodes): Readonly<Record<string, unknown>> {
  if (behaviour) return behaviour;
  const scratch = namespace.addVariable({ browseName: "scratch", dataType: "Double" });
  space.installHistoricalDataNode(scratch);
  const { $historicalDataConfiguration: configuration, ...rest } = scratch as unknown as Record<
    string,
    unknown
  >;
  behaviour = Object.fromEntries(BEHAVIOUR.map((name) => [name, rest[name]]));
  space.deleteNode(configuration as UAObject);
  space.deleteNode(scratch);
  (space as unknown as { historizingNodes: Set<unknown> }).historizingNodes.delete(scratch);
  return behaviour;
}

/** The library's view of a signal's past. */
class TickHistorian implements IVariableHistorian {
  readonly #nodes: UnitNodes;
  readonly #signal: SignalDescription;

  constructor(nodes: UnitNodes, signal: SignalDescription) {
    this.#nodes = nodes;
    this.#signal = signal;
  }

  /** The library tells of new values; the plant knows them. */
  async push(): Promise<void> {}

  /**
   * @param most        0 for all; without a start or an end, how many from the other bound on
   * @param isReversed  from the end backwards, the newest first
   * @param reverse     of what lies between two bounds, the newest first
   */
  extractDataValues(
    { startTime, endTime }: ReadRawModifiedDetails,
    most: number,
    isReversed: boolean,
    reverse: boolean,
    callback: (error: Error | null, values?: DataValue[]) => void,
  ): void {
    const { port, unit, live } = this.#nodes;
    const from_ms = isGiven(startTime) ? startTime.getTime() : -Infinity;
    const to_ms = isGiven(endTime) ? endTime.getTime() : Infinity;
    const past = port.history(unit.name, this.#signal.id, from_ms, to_ms);
    const values = past.map((value) => live.historical(this.#signal.id, value));
    if (isReversed || reverse) values.reverse();
    callback(null, most > 0 ? values.slice(0, most) : values);
  }
}

/** The library writes 1601 for a time that was left out. */
const isGiven = (time: Date | null): time is Date => time !== null && time.getUTCFullYear() > 1601;
