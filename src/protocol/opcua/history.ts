/**
 * The past of the signals that a model marks, so that a gateway can back-fill a gap: HistoryRead raw, and processed
 * as average, minimum, maximum, count and interpolation. Nothing is stored here: what the plant published at a tick
 * is a function of the tick, and it keeps its trajectories for a while.
 */
import { AggregateFunction, DataType, addAggregateSupport } from "node-opcua";
import type { DataValue, IVariableHistorian, ReadRawModifiedDetails, UAObject, UAVariable } from "node-opcua";

import type { SignalDescription } from "../port.ts";
import { scalar, type UnitNodes } from "./unit-nodes.ts";

/** Part 13 functions that the library computes. */
const AGGREGATES = [
  AggregateFunction.Average,
  AggregateFunction.Minimum,
  AggregateFunction.Maximum,
  AggregateFunction.Count,
  AggregateFunction.Interpolative,
];

/** What HistoryServerCapabilities says that the library would say otherwise. */
const CAPABILITIES = { AccessHistoryEventsCapability: false };

/** Lets clients ask for the past of every marked signal; a unit that keeps none offers none. */
export function addHistory(nodes: UnitNodes): void {
  if (nodes.unit.history_s === 0) return;
  addAggregateSupport(nodes.space, AGGREGATES);
  const capabilities = nodes.space.findNode("i=11192") as UAObject;
  for (const [name, value] of Object.entries(CAPABILITIES)) {
    nodes.variable(capabilities, name).setValueFromSource(scalar(DataType.Boolean, value));
  }
  for (const group of nodes.unit.groups) {
    for (const signal of group.signals) {
      if (signal.history) install(nodes, group.id, signal, signal.history);
    }
  }
}

function install(
  nodes: UnitNodes,
  group: string,
  signal: SignalDescription,
  shape: "sloped" | "stepped",
): void {
  const variable = nodes.space.findNode(
    `ns=${nodes.namespace.index};${nodes.nodeId(signal.id)}`,
  ) as UAVariable;
  nodes.space.installHistoricalDataNode(variable, { historian: new TickHistorian(nodes, group, signal) });
  const configuration = historicalConfiguration(variable);
  nodes.variable(configuration, "Stepped").setValueFromSource(scalar(DataType.Boolean, shape === "stepped"));
}

/** The configuration that the library has just made for a Variable. */
function historicalConfiguration(variable: UAVariable): UAObject {
  return variable.findReferencesAsObject("HasHistoricalConfiguration", true)[0] as UAObject;
}

/** The library's view of a signal's past. */
class TickHistorian implements IVariableHistorian {
  readonly #nodes: UnitNodes;
  readonly #group: string;
  readonly #signal: SignalDescription;

  constructor(nodes: UnitNodes, group: string, signal: SignalDescription) {
    this.#nodes = nodes;
    this.#group = group;
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
    const samples = port.history(unit.name, this.#group, from_ms, to_ms);
    const values = samples.map((sample) => live.historical(this.#signal.id, sample));
    if (isReversed || reverse) values.reverse();
    callback(null, most > 0 ? values.slice(0, most) : values);
  }
}

/** The library writes 1601 for a time that was left out. */
const isGiven = (time: Date | null): time is Date => time !== null && time.getUTCFullYear() > 1601;
