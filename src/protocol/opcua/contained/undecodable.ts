/**
 * Requests that cannot be decoded are answered, and cost nothing else. The library closes the channel for some, and
 * leaves others to the client's time-out.
 */
import {
  BinaryStream,
  MessageBuilder,
  NodeIdType,
  RequestHeader,
  StatusCodes,
  decodeExpandedNodeId,
} from "node-opcua";
import type { ExpandedNodeId, Message, StatusCode } from "node-opcua";

import { printable } from "../../../errors.ts";
import { currentConnection, type Connection } from "./connection.ts";
import { sendFault } from "./faults.ts";

/** Largest request that is decoded, octets; 10,000 monitored items with names of usual length are 1.5 MB. */
const REQUEST_OCTETS_MAX = 4 * 1024 * 1024;

interface Builder {
  readonly messageHeader?: { readonly msgType: string };
  readonly sequenceHeader: { readonly requestId: number } | null;
  readonly securityHeader?: Message["securityHeader"];
  _decodeMessageBody(body: Buffer): boolean;
  _report_error(status: StatusCode, text: string): boolean;
  on(event: "invalid_message", listener: () => void): this;
}

const watched = new WeakSet<object>();

/** To be called once a process. */
export function answerUndecodable(): void {
  const builder = MessageBuilder.prototype as unknown as Builder;
  const decode = builder._decodeMessageBody;
  builder._decodeMessageBody = function (body) {
    const connection = currentConnection();
    if (!connection || this.messageHeader?.msgType !== "MSG") return decode.call(this, body);
    const objection = objectionTo(body);
    if (objection) return refuse(connection, this, body, objection);
    if (!watched.has(this)) {
      watched.add(this);
      this.on("invalid_message", () => refuse(connection, this, lastBody, StatusCodes.BadDecodingError));
    }
    lastBody = body;
    return decode.call(this, body);
  };
  const report = builder._report_error;
  builder._report_error = function (status, text) {
    const connection = currentConnection();
    // A type that the library does not know, which it would close the channel for.
    const isUnknown = status.equals(StatusCodes.BadNotSupported) && this.messageHeader?.msgType === "MSG";
    if (!connection?.channel.isOpened || !isUnknown) return report.call(this, status, text);
    return refuse(connection, this, lastBody, StatusCodes.BadServiceUnsupported);
  };
}

/** The body that is being decoded; a listener to a decoder's failure is not told of it. */
let lastBody: Buffer = Buffer.alloc(0);

function objectionTo(body: Buffer): StatusCode | undefined {
  if (body.length > REQUEST_OCTETS_MAX) return StatusCodes.BadRequestTooLarge;
  const id = typeIdOf(new BinaryStream(body));
  if (!id || id.identifierType !== NodeIdType.NUMERIC) return StatusCodes.BadDecodingError;
  return undefined;
}

function typeIdOf(stream: BinaryStream): ExpandedNodeId | undefined {
  try {
    return decodeExpandedNodeId(stream);
  } catch {
    return undefined;
  }
}

function refuse(connection: Connection, builder: Builder, body: Buffer, status: StatusCode): boolean {
  const { channel, containment, peer } = connection;
  const { sequenceHeader, securityHeader } = builder;
  containment.caught(new Error(printable(status.description)), "the decoding of a request", peer);
  if (!sequenceHeader || !channel.isOpened) return false;
  const asked = { requestId: sequenceHeader.requestId, securityHeader, requestHandle: handleOf(body) };
  sendFault(channel, asked as Parameters<typeof sendFault>[1], status);
  return true;
}

/** Every request begins with the same header (OPC 10000-4, 7.32), which may be whole where the rest is not. */
function handleOf(body: Buffer): number {
  const stream = new BinaryStream(body);
  const header = new RequestHeader();
  try {
    decodeExpandedNodeId(stream);
    header.decode(stream);
    return header.requestHandle;
  } catch {
    return 0;
  }
}
