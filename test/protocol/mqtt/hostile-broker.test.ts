/** A broker that sends what it must not: a connection ends, the gateway and the listener go on. */
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { generate, type Packet, parser } from "mqtt-packet";
import { afterEach, expect, test } from "vitest";
import { Listener } from "../../../src/protocol/mqtt/listener.ts";
import { Gateway } from "../../../src/protocol/mqttsn/gateway.ts";
import { CONNECT, MqttSnClient } from "../../support/mqttsn-client.ts";

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

type Says = Packet | Uint8Array | "close" | "reset" | "nothing";

/** What the broker says to each packet of a connection; CONNACK to CONNECT unless it says otherwise. */
type Script = (packet: Packet, connection: number) => Says[] | undefined;

const ACCEPTED: Packet = { cmd: "connack", returnCode: 0, sessionPresent: false };

class ScriptedBroker {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #connections = 0;

  constructor(script: Script) {
    this.#server = createServer((socket) => {
      const connection = this.#connections++;
      this.#sockets.add(socket);
      const reader = parser().on("packet", (packet) => {
        const says = script(packet, connection) ?? sound(packet);
        for (const it of says) this.#say(socket, it);
      });
      socket.on("data", (octets) => reader.parse(octets)).on("error", () => undefined);
    });
  }

  get url(): string {
    return `mqtt://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    ends.push(async () => {
      for (const socket of this.#sockets) socket.destroy();
      await new Promise((resolve) => this.#server.close(resolve));
    });
  }

  #say(socket: Socket, it: Says): void {
    if (it === "close") socket.end();
    else if (it === "reset") socket.resetAndDestroy();
    else if (it !== "nothing") socket.write(it instanceof Uint8Array ? it : generate(it));
  }
}

function sound(packet: Packet): Says[] {
  if (packet.cmd === "connect") return [ACCEPTED];
  if (packet.cmd === "subscribe") return [{ cmd: "suback", messageId: packet.messageId!, granted: [1] }];
  if (packet.cmd === "unsubscribe") return [{ cmd: "unsuback", messageId: packet.messageId!, granted: [] }];
  if (packet.cmd === "publish" && packet.qos === 1) return [{ cmd: "puback", messageId: packet.messageId! }];
  return [];
}

const octets = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const message = (qos: 0 | 1 | 2, topic: string): Packet => ({
  ...{ cmd: "publish", qos, topic, payload: "x", dup: false, retain: false, messageId: 7 },
});

const ODD: readonly (readonly [string, Says[]])[] = [
  ["octets that are no packet", [octets("ffffffffffffffff")]],
  ["HTTP", [Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")]],
  ["a length that never ends", [octets("30ffffffffff")]],
  ["a second CONNACK", [ACCEPTED]],
  ["CONNECT", [octets("100f 0004 4d515454 04 02 0000 0003 616263")]],
  ["a message without an id", [octets("3205 0001 61 0000")]],
  ["a topic that is not UTF-8", [octets("3004 0002 ff ff")]],
  ["a SUBACK that answers nothing", [octets("9003 0009 00"), octets("9003 0009 80")]],
  ["acknowledgements of nothing", [octets("4002 0009 5002 0009 6202 0009 7002 0009 b002 0009")]],
  [
    "messages of QoS 2 that it releases twice",
    [message(2, "a"), message(2, "a"), octets("6202 0007 6202 0007")],
  ],
  ["messages after which it ends", [message(2, "a"), message(1, "b"), message(0, "c"), "close"]],
  ["a reset", ["reset"]],
];

test.each(ODD)("the gateway, whose broker answers a device's first message with %s", async (_what, says) => {
  const broker = new ScriptedBroker((packet, connection) =>
    packet.cmd === "publish" && connection === 1 ? says : undefined,
  );
  await broker.start();
  const lines: string[] = [];
  const gateway = new Gateway({ port: 0, broker: broker.url, log: (line) => lines.push(line) });
  await gateway.start();
  ends.push(() => gateway.stop());
  const device = await new MqttSnClient(gateway.port).connected();
  ends.push(() => device.close());
  const topic = { kind: "short", name: "ab" } as const;
  const data = Uint8Array.of(1);
  device.send({ type: "PUBLISH", dup: false, qos: 1, retain: false, topic, msgId: 1, data });
  // Another device has a connection of its own.
  const other = await new MqttSnClient(gateway.port).connected({ ...CONNECT, clientId: "other" });
  ends.push(() => other.close());
  const ask = { type: "PUBLISH", dup: false, qos: 1, retain: false, topic, msgId: 2, data } as const;
  expect(await other.ask(ask)).toMatchObject({ type: "PUBACK", returnCode: 0 });
  expect(gateway.counters()).toMatchObject({ faults: 0 });
  expect(lines).toEqual([]);
});

test.each(ODD)("the listener, whose broker greets its subscription with %s", async (_what, says) => {
  const broker = new ScriptedBroker((packet, connection) => {
    if (packet.cmd !== "subscribe") return undefined;
    if (connection === 0) return [...says, ...sound(packet)];
    return [...sound(packet), message(1, "sound")];
  });
  await broker.start();
  const topics: string[] = [];
  let awake = (): void => undefined;
  const heard = async (topic: string): Promise<void> => {
    while (!topics.includes(topic)) await new Promise<void>((resolve) => (awake = resolve));
  };
  const options = { broker: broker.url, version: 4, filters: ["#"], deadline_ms: 20_000 } as const;
  const listener = new Listener({ ...options, log: () => undefined }, ({ topic }) => {
    topics.push(topic);
    awake();
  });
  ends.push(() => listener.stop());
  await listener.start();
  if (listener.reconnects > 0) await heard("sound");
  expect(listener.faults).toBe(0);
});

test("a message that the listener's owner cannot handle costs itself, is told once and counted", async () => {
  const broker = new ScriptedBroker((packet) =>
    packet.cmd === "subscribe"
      ? [...sound(packet), message(1, "bad"), message(1, "bad"), message(1, "good")]
      : undefined,
  );
  await broker.start();
  const lines: string[] = [];
  const options = { broker: broker.url, version: 4, filters: ["#"], deadline_ms: 20_000 } as const;
  await new Promise<void>((resolve) => {
    const listener = new Listener({ ...options, log: (line) => lines.push(line) }, ({ topic }) => {
      if (topic === "bad") throw new RangeError("cannot be");
      expect(listener.faults).toBe(2);
      resolve();
    });
    ends.push(() => listener.stop());
    void listener.start();
  });
  expect(lines).toEqual(["north listener: contained a fault in a message: RangeError: cannot be"]);
});
