import type { StreamKind } from "../dataset.ts";
import type { GroupDescription, UnitDescription, UnitEvent } from "../port.ts";

/** Streams that carry no data sets: the unit's connection, and what it is told and answers. */
export const CONNECTION = "connection";
export const COMMAND = "command";
export const ANSWER = "answer";

/** Which log an event goes to. */
const LOG_OF: Record<UnitEvent["kind"], Exclude<StreamKind, "telemetry">> = {
  state: "state",
  condition: "alarms",
  production: "production",
  "tool-change": "production",
  job: "production",
};

/** A sequence of messages with a topic of its own. */
export type Stream =
  | { readonly kind: "telemetry"; readonly name: string; readonly group: GroupDescription }
  | { readonly kind: Exclude<StreamKind, "telemetry">; readonly name: string };

/** A unit's streams: one a poll group, one a log. */
export function streamsOf(unit: UnitDescription, wanted: readonly StreamKind[]): Stream[] {
  return wanted.flatMap((kind): Stream[] =>
    kind === "telemetry"
      ? unit.groups.map((group) => ({ kind, name: group.id, group }))
      : [{ kind, name: kind }],
  );
}

export const carries = (stream: Stream, event: UnitEvent): boolean => stream.kind === LOG_OF[event.kind];

/** "{plant}/{group}/{unit}/{stream}" with the unit's names: "works/machining/cnc-01/motion" */
export function topicOf(template: string, plant: string, unit: UnitDescription, stream: string): string {
  const names = { plant, group: unit.group, unit: unit.name, stream };
  return template.replace(/\{(\w+)\}/g, (braced, field) => names[field as keyof typeof names] ?? braced);
}
