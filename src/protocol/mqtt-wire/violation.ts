/** MQTT 5, 2.4 */
export const REASON = {
  success: 0x00,
  disconnectWithWill: 0x04,
  noSubscriptionExisted: 0x11,
  unspecified: 0x80,
  malformedPacket: 0x81,
  protocolError: 0x82,
  notAuthorized: 0x87,
  serverBusy: 0x89,
  serverShuttingDown: 0x8b,
  badAuthenticationMethod: 0x8c,
  keepAliveTimeout: 0x8d,
  sessionTakenOver: 0x8e,
  topicFilterInvalid: 0x8f,
  topicNameInvalid: 0x90,
  packetIdentifierNotFound: 0x92,
  receiveMaximumExceeded: 0x93,
  topicAliasInvalid: 0x94,
  packetTooLarge: 0x95,
  quotaExceeded: 0x97,
  payloadFormatInvalid: 0x99,
  sharedSubscriptionsNotSupported: 0x9e,
} as const;

/** A peer sent what is no MQTT packet, or what may not come now. */
export class MqttViolation extends Error {
  override readonly name = "MqttViolation";
  /** Of MQTT 5; MQTT 3.1.1 just ends the connection */
  readonly reasonCode: number;

  constructor(what: string, reasonCode: number = REASON.malformedPacket) {
    super(what);
    this.reasonCode = reasonCode;
  }
}
