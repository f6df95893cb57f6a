import { datagramCorrupt } from "./mqttsn/datagram-corrupt.ts";
import { datagramDelay } from "./mqttsn/datagram-delay.ts";
import { datagramDuplicate } from "./mqttsn/datagram-duplicate.ts";
import { datagramLoss } from "./mqttsn/datagram-loss.ts";
import { datagramReorder } from "./mqttsn/datagram-reorder.ts";
import type { MqttSnLink } from "./mqttsn/mqttsn-link.ts";
import { partition } from "./mqttsn/partition.ts";
import { badStatus } from "./opcua/bad-status.ts";
import { certificateExpired } from "./opcua/certificate-expired.ts";
import { certificateSwapped } from "./opcua/certificate-swapped.ts";
import { serverClockSkew } from "./opcua/server-clock-skew.ts";
import { connectionCut } from "./opcua/connection-cut.ts";
import type { OpcUaEndpoint } from "./opcua/opcua-endpoint.ts";
import { serverDown } from "./opcua/server-down.ts";
import { serverRestart } from "./opcua/server-restart.ts";
import { sessionKill } from "./opcua/session-kill.ts";
import { sessionsRefused } from "./opcua/sessions-refused.ts";
import { slowAnswers } from "./opcua/slow-answers.ts";
import { staleTimestamps } from "./opcua/stale-timestamps.ts";
import { subscriptionKill } from "./opcua/subscription-kill.ts";
import { tcpBandwidth } from "./tcp/tcp-bandwidth.ts";
import { tcpDelay } from "./tcp/tcp-delay.ts";
import { tcpHalfOpen } from "./tcp/tcp-half-open.ts";
import type { TcpLink } from "./tcp/tcp-link.ts";
import { tcpReset } from "./tcp/tcp-reset.ts";
import type { WireFamily, WireFaultKind } from "./wire-fault-kind.ts";

export const OPCUA_FAULTS: readonly WireFaultKind<OpcUaEndpoint>[] = [
  serverDown,
  serverRestart,
  sessionKill,
  subscriptionKill,
  connectionCut,
  sessionsRefused,
  badStatus,
  slowAnswers,
  staleTimestamps,
  serverClockSkew,
  certificateExpired,
  certificateSwapped,
];

export const MQTTSN_FAULTS: readonly WireFaultKind<MqttSnLink>[] = [
  datagramLoss,
  datagramDelay,
  datagramDuplicate,
  datagramReorder,
  datagramCorrupt,
  partition,
];

export const TCP_FAULTS: readonly WireFaultKind<TcpLink>[] = [tcpDelay, tcpBandwidth, tcpHalfOpen, tcpReset];

/** What an endpoint of a family has to offer. */
export interface WireEndpoints {
  readonly opcua: OpcUaEndpoint;
  readonly mqttsn: MqttSnLink;
  readonly tcp: TcpLink;
}

/** Faults on the wire, by what they are carried out on. */
export const WIRE_FAULTS = { opcua: OPCUA_FAULTS, mqttsn: MQTTSN_FAULTS, tcp: TCP_FAULTS } as const;

export const WIRE_FAMILIES = Object.keys(WIRE_FAULTS) as readonly WireFamily[];

/** A kind, whichever family it is of. */
export type AnyWireFaultKind = WireFaultKind<never>;

export const wireFaultKinds: readonly AnyWireFaultKind[] = Object.values(WIRE_FAULTS).flat();
