/** What a machine of OPC 40501-1 foresees: when a tool and when its maintenance is due. */
import type { UAObject, VariantOptions } from "node-opcua";

import { NAMESPACE, localizedText, type UnitNodes } from "./unit-nodes.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** A signal that counts down to something, and the prognosis that it makes. */
interface Foresight {
  readonly signal: string;
  readonly unit_ms: number;
  readonly type: string;
  readonly name: string;
  /** The prognosis's mandatory Variable beside the time */
  readonly about: readonly [name: string, value: VariantOptions];
}

const FORESIGHTS: readonly Foresight[] = [
  {
    signal: "tool-change-prognosis",
    unit_ms: MINUTE_MS,
    type: "ToolChangePrognosisType",
    name: "ToolChange",
    about: ["Location", localizedText("Tool magazine")],
  },
  {
    signal: "maintenance-prognosis",
    unit_ms: HOUR_MS,
    type: "MaintenancePrognosisType",
    name: "Maintenance",
    about: ["Activity", localizedText("Scheduled maintenance")],
  },
];

const foreseen = (nodes: UnitNodes): Foresight[] =>
  FORESIGHTS.filter(({ signal }) => nodes.live.signal(signal));

/** Optional nodes that a machine has when it foresees something. */
export const prognosisOptionals = (nodes: UnitNodes): string[] =>
  foreseen(nodes).length > 0 ? ["Notification.Prognoses"] : [];

/** Adds a prognosis for each signal that counts down to something to the list below `notification`. */
export function addPrognoses(nodes: UnitNodes, notification: UAObject): void {
  for (const { signal, unit_ms, type, name, about } of foreseen(nodes)) {
    const prognosis = nodes.instantiate(type, NAMESPACE.machineTool, {
      browseName: { name, namespaceIndex: nodes.namespace.index },
      componentOf: nodes.object(notification, "Prognoses"),
    });
    nodes.set(prognosis, ...about);
    nodes.live.bindTime(nodes.variable(prognosis, "PredictedTime"), signal, unit_ms);
  }
}
