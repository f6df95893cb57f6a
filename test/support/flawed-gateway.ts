/**
 * A gateway in a process of its own, with one flaw, between devices and a broker.
 *
 *     node flawed-gateway.ts UDP_PORT mqtt://127.0.0.1:PORT FLAW
 *
 * Flaws of single messages hit each tenth one; those of the whole gateway begin with the sixtieth.
 */
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { duplexPair, type Duplex } from "node:stream";
import mqtt from "mqtt";
import mqttPacket, { type IPublishPacket, type Packet } from "mqtt-packet";
import { Gateway } from "../../src/protocol/mqttsn/gateway.ts";

export type Flaw =
  ("none" | "drop" | "double" | "alter" | "append" | "truncate" | "swap" | "late") | ("crash" | "refuse");

const [port, north, flaw] = process.argv.slice(2) as [string, string, Flaw];
const EACH = 10;
const WHOLE_FROM = 60;
const LATE_MS = 1_500;
const NOT_SUPPORTED = 3;

let count = 0;
/** Waits until a later one of its topic has gone first. */
let held: IPublishPacket | undefined;
/** A way to the broker that does not end with a device's connection. */
const side = await mqtt.connectAsync(north);
const aside = ({ topic, payload }: IPublishPacket): void => void side.publish(topic, payload);
function release(): void {
  if (held) aside(held);
  held = undefined;
}
const broker = { name: "north", connect: () => flawed(new URL(north)) };
const gateway = new Gateway({ port: Number(port), broker });
await gateway.start();
console.log("gateway ready");

/** The gateway's end of a connection to the broker, on which the flaw works. */
function flawed({ hostname, port: brokerPort }: URL): Duplex {
  const socket = connect(Number(brokerPort), hostname);
  const [inner, outer] = duplexPair();
  const parser = mqttPacket.parser({ protocolVersion: 4 });
  /** At QoS 2, whose second step it takes as well */
  const swallowed = new Set<number>();
  const toBroker = (packet: Packet): void => void socket.write(mqttPacket.generate(packet));
  const toGateway = (packet: Packet): void => void outer.write(mqttPacket.generate(packet));
  /** Acknowledges it in the broker's place. */
  const taken = ({ qos, messageId }: IPublishPacket): void => {
    if (qos === 0) return;
    if (qos === 2) swallowed.add(messageId!);
    toGateway({ cmd: qos === 1 ? "puback" : "pubrec", messageId: messageId! });
  };
  const publish = (packet: IPublishPacket): void => {
    count += 1;
    if (count === WHOLE_FROM) turn();
    const isHit = count % EACH === 0;
    if (flaw === "late") {
      taken(packet);
      return void setTimeout(() => aside(packet), LATE_MS);
    }
    if (held?.topic === packet.topic) {
      taken(packet);
      aside(packet);
      return release();
    }
    if (!isHit) return toBroker(packet);
    const payload = packet.payload as Buffer;
    if (flaw === "drop") return taken(packet);
    if (flaw === "swap") {
      release();
      held = packet;
      setTimeout(() => held === packet && release(), LATE_MS);
      return taken(packet);
    }
    if (flaw === "double") toBroker({ ...packet, qos: 0 });
    if (flaw === "alter") payload[payload.length - 4]! ^= 1;
    if (flaw === "append") packet.payload = Buffer.concat([payload, Buffer.from("}\0")]);
    if (flaw === "truncate") packet.payload = payload.subarray(0, payload.length - 4);
    toBroker(packet);
  };
  parser.on("packet", (packet: Packet) => {
    if (packet.cmd === "publish") publish(packet);
    else if (packet.cmd === "pubrel" && swallowed.delete(packet.messageId!))
      toGateway({ cmd: "pubcomp", messageId: packet.messageId! });
    else toBroker(packet);
  });
  outer.on("data", (data: Buffer) => parser.parse(data));
  outer.on("end", () => socket.end());
  outer.on("error", () => socket.destroy());
  socket.on("data", (data) => outer.write(data));
  socket.on("close", () => outer.destroy());
  socket.on("error", () => outer.destroy());
  return inner;
}

/** What the whole gateway does from now on. */
function turn(): void {
  if (flaw === "crash") process.exit(1);
  if (flaw === "refuse") void gateway.stop().then(refuseAll);
}

/** Lets devices connect and register, and refuses each message. */
function refuseAll(): void {
  const socket = createSocket("udp4");
  socket.on("message", (datagram, peer) => {
    const at = datagram[0] === 1 ? 4 : 2;
    const body = datagram.subarray(at);
    const say = (...octets: number[]): void =>
      socket.send(Buffer.from([octets.length + 1, ...octets]), peer.port, peer.address);
    const type = datagram[at - 1];
    if (type === 0x04) say(0x05, 0);
    if (type === 0x0a) say(0x0b, 0, 1, body[2]!, body[3]!, 0);
    if (type === 0x0c) say(0x0d, body[1]!, body[2]!, body[3]!, body[4]!, NOT_SUPPORTED);
    if (type === 0x16) say(0x17);
    if (type === 0x18) say(0x18);
  });
  socket.bind(Number(port), "127.0.0.1");
}
