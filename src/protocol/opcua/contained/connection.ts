/**
 * One TCP connection of a server: what a peer sends over it costs at most this connection.
 *
 * Everything that a peer can cause before a request is dispatched runs inside an event of its socket: packet assembly,
 * decoding, the opening of a channel. Exceptions there end the connection, from the first octet on.
 */
import type { Socket } from "node:net";

import { StatusCodes, TCP_transport, type ServerSecureChannelLayer } from "node-opcua";

import type { Containment } from "../../containment.ts";
import { containMethods } from "./contain-methods.ts";
import { askedBy, faultMessage } from "./faults.ts";
import { quietly } from "./library-console.ts";
import { requestSlices } from "./work-slices.ts";

export interface Connection {
  readonly socket: Socket;
  readonly channel: ServerSecureChannelLayer;
  readonly containment: Containment;
  /** Address of the peer, without its port */
  readonly peer: string | undefined;
}

const bySocket = new WeakMap<Socket, Connection>();
const byTransport = new WeakMap<object, Connection>();
const byChannel = new WeakMap<ServerSecureChannelLayer, Connection>();

/** Whose octets are being worked on: decoding is synchronous, and the library's decoder does not know its channel. */
let current: Connection | undefined;

/** The connection whose socket event is under way; undefined outside of one. */
export const currentConnection = (): Connection | undefined => current;

export const connectionOf = (channel: ServerSecureChannelLayer): Connection | undefined =>
  byChannel.get(channel);

/** Contains what comes over a socket from now on; call it before the channel listens to it. */
export function containConnection(
  socket: Socket,
  channel: ServerSecureChannelLayer,
  containment: Containment,
): Connection {
  const connection: Connection = { socket, channel, containment, peer: socket.remoteAddress };
  bySocket.set(socket, connection);
  byChannel.set(channel, connection);
  const emit = socket.emit.bind(socket) as (event: string | symbol, ...args: unknown[]) => boolean;
  let hasSaidHello = false;
  const contained = (event: string | symbol, ...args: unknown[]): boolean => {
    const before = current;
    current = connection;
    try {
      return quietly(() => {
        if (event !== "data" || hasSaidHello) return emit(event, ...args);
        hasSaidHello = true;
        return emitHello(args[0] as Buffer, (part) => emit("data", part));
      });
    } catch (error) {
      containment.settle(error, `a socket's ${String(event)} event`, connection.peer);
      socket.destroy();
      return true;
    } finally {
      current = before;
    }
  };
  socket.emit = contained as Socket["emit"];
  containChannel(connection);
  containAnswers(connection);
  return connection;
}

/** Octets of a message header: type, chunk, size (OPC 10000-6, 7.1.2.2) */
const HEADER_OCTETS = 8;

/**
 * The Hello alone, and then what came with it: the library takes another packet assembler in between, and what the
 * first one still holds would have no listener.
 */
function emitHello(data: Buffer, emit: (part: Buffer) => boolean): boolean {
  const size = data.length >= HEADER_OCTETS ? data.readUInt32LE(4) : data.length;
  if (size < HEADER_OCTETS || size >= data.length) return emit(data);
  emit(data.subarray(0, size));
  return emit(data.subarray(size));
}

/** Timers of a channel close it, answer over it, or tell that it has ended. */
function containChannel({ channel, containment, peer, socket }: Connection): void {
  const guard =
    <A extends unknown[], R>(kind: string, work: (...args: A) => R): ((...args: A) => R | undefined) =>
    (...args) => {
      try {
        return work(...args);
      } catch (error) {
        containment.settle(error, kind, peer);
        socket.destroy();
        return undefined;
      }
    };
  channel.close = guard("the end of a channel", channel.close.bind(channel)) as typeof channel.close;
  channel.emit = guard("an event of a channel", channel.emit.bind(channel)) as typeof channel.emit;
  // The library waits for this promise and nothing waits for what follows it.
  const { beforeHandleOpenSecureChannelRequest: before } = channel;
  channel.beforeHandleOpenSecureChannelRequest = () => {
    const opened = before.call(channel);
    return {
      then: (work: () => void) => opened.then(guard("OpenSecureChannel", work)),
    } as unknown as Promise<void>;
  };
}

/** Results from which on encoding an answer takes a turn of its own: 8 MiB of values take some 30 ms. */
const LARGE_RESULTS = 20;
/** Octets of answers that a client has not taken: its socket is read no further until it has. */
const UNREAD_OCTETS = 1024 * 1024;
/** From here on its connection ends: the requests that it had sent by then are answered into memory. */
const UNREAD_OCTETS_MAX = 32 * 1024 * 1024;

/** An answer that cannot be encoded becomes a fault; one without a connection is not encoded. */
function containAnswers(connection: Connection): void {
  const { channel, containment, peer } = connection;
  const send = channel.send_response.bind(channel);
  channel.send_response = (type, response, message, done) => {
    const encode = (): void => {
      if (!mayAnswer(connection)) return;
      try {
        send(type, response, message, done);
      } catch (error) {
        containment.settle(error, "the encoding of an answer", peer);
        const [fault, asked] = faultMessage(askedBy(message), StatusCodes.BadEncodingError);
        containment.run("a ServiceFault", peer, () => send(type, fault, asked));
      }
    };
    const { results } = response as { readonly results?: readonly unknown[] | null };
    if ((results?.length ?? 0) > LARGE_RESULTS) requestSlices.runAlone(encode);
    else encode();
  };
}

/** A client that asks and does not read would fill the memory. */
function mayAnswer({ socket, containment, peer }: Connection): boolean {
  const { writableLength } = socket;
  if (writableLength > UNREAD_OCTETS_MAX) {
    containment.settle(new Error("its answers are not read"), "a connection", peer);
    socket.destroy();
    return false;
  }
  if (writableLength > UNREAD_OCTETS && !socket.isPaused()) {
    socket.pause();
    socket.once("drain", () => socket.resume());
  }
  return true;
}

/** What a transport does on its timers; to be called once a process. */
export function containTransports(): void {
  const install = TCP_transport.prototype as unknown as { _install_socket(socket: Socket): void };
  const original = install._install_socket;
  install._install_socket = function (socket) {
    const connection = bySocket.get(socket);
    if (connection) byTransport.set(this, connection);
    original.call(this, socket);
  };
  const names = ["sendErrorMessage", "prematureTerminate", "_emitClose", "_fulfill_pending_promises"];
  containMethods(TCP_transport.prototype, [...names, "dispose"], "a transport's timer", (transport) => {
    const connection = byTransport.get(transport);
    return connection && { containment: connection.containment, peer: connection.peer };
  });
}
