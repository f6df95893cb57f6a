import type { GroupSample, Value } from "../protocol/port.ts";

/** What the OPC UA servers of a run have seen; sums over all of them. */
export interface OpcUaCounts {
  readonly servers: number;
  readonly sessions: number;
  readonly subscriptions: number;
  readonly monitoredItems: number;
}

/** What the MQTT-SN devices of a run have done; sums over all of them. */
export interface MqttSnCounts {
  readonly devices: number;
  readonly published: number;
  readonly acknowledged: number;
  /** Dropped by a device itself because its backlog was full. */
  readonly suppressed: number;
  /** Refused by the gateway, or given up without an acknowledgement. */
  readonly failed: number;
  readonly retransmitted: number;
  readonly reconnects: number;
}

export interface WireCounts {
  readonly opcua?: OpcUaCounts;
  readonly mqttsn?: MqttSnCounts;
}

/** A unit as it has just published itself. */
export interface UnitStatus {
  readonly name: string;
  /** By signal id; without signals of groups that have not ticked yet. */
  readonly values: Readonly<Record<string, Value>>;
}

/** A plant that runs, at a moment. */
export interface PlantStatus {
  readonly plantTime_s: number;
  /** The plant's calendar, milliseconds since 1970. */
  readonly calendar_ms: number;
  readonly units: readonly UnitStatus[];
  readonly wire: WireCounts;
}

export type Ending = "duration" | "interrupted";

/** A run that has ended. */
export interface RunResult {
  readonly scenario: string;
  readonly file: string;
  readonly seed: number | string;
  readonly speed: number | "max";
  readonly version: string;
  /** 16 hexadecimal digits over everything that happened in the plant. */
  readonly digest: string;
  readonly ending: Ending;
  readonly plantTime_s: number;
  readonly wallTime_s: number;
  readonly events: number;
  readonly units: number;
  readonly partsProduced: number;
  readonly wire: WireCounts;
}

/** Values of a group's sample by signal id. */
export function byId(
  signals: readonly { readonly id: string }[],
  sample: GroupSample | undefined,
): Record<string, Value> {
  if (!sample) return {};
  return Object.fromEntries(signals.map((signal, i) => [signal.id, sample.values[i]!]));
}
