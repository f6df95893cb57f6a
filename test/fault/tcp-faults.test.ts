/** Each fault of the TCP way, with plain sockets at both ends, and with an OPC UA server behind. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RandomKey } from "../../src/engine/random.ts";
import { CodedError } from "../../src/errors.ts";
import { TCP_FAULTS } from "../../src/fault/catalogue.ts";
import type { WireEffect, WireFaultParameters } from "../../src/fault/wire-fault-kind.ts";
import { Containment } from "../../src/protocol/containment.ts";
import { UnitServer } from "../../src/protocol/opcua/unit-server.ts";
import { FaultProxy } from "../../src/protocol/tcp/fault-proxy.ts";
import { emitAll, fakeCnc } from "../support/fake-cnc.ts";
import { FakePlant } from "../support/fake-plant.ts";
import { freeTcpPort } from "../support/free-ports.ts";
import { OpcUaClients, outcome, readValue } from "../support/opcua-clients.ts";

const tested = new Set<string>();
const containment = new Containment({ name: "proxy", log: () => undefined });
const random = RandomKey.root("tcp").stream();
let server: Server;
let proxy: FaultProxy;
/** The far ends of connections, as the server has them. */
let accepted: Socket[];
let target: number | undefined;

beforeEach(async () => {
  accepted = [];
  server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(socket);
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  target = (server.address() as AddressInfo).port;
  proxy = new FaultProxy({ host: "127.0.0.1", port: 0, target: () => target, random, containment });
  await proxy.start();
});
afterEach(async () => {
  await proxy.stop();
  const closed = new Promise((resolve) => server.close(resolve));
  for (const socket of accepted) socket.destroy();
  await closed;
});

function begin(id: string, given: WireFaultParameters = {}): Promise<WireEffect> {
  tested.add(id);
  const kind = TCP_FAULTS.find((it) => it.id === id)!;
  return kind.begin(proxy, kind.parameters.parse(given));
}

/** A client through the proxy, and its far end. */
async function open(): Promise<{ client: Socket; far: Socket }> {
  const arrived = once(server, "connection") as Promise<[Socket]>;
  const client = connect({ host: "127.0.0.1", port: proxy.port, allowHalfOpen: true });
  client.on("error", () => undefined);
  await once(client, "connect");
  const [far] = await arrived;
  return { client, far };
}

/** Also of one that breaks. */
const closing = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once("close", () => resolve()));

/** The next octets, as soon as so many have arrived; from then on the socket's end is noticed as well. */
function take(socket: Socket, count: number): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const hear = (chunk: Buffer): void => {
      chunks.push(chunk);
      length += chunk.length;
      if (length < count) return;
      socket.off("data", hear);
      resolve(Buffer.concat(chunks));
    };
    socket.on("data", hear);
  });
}

describe("without a fault", () => {
  test("octets and ends pass both ways, in order and whole", async () => {
    const { client, far } = await open();
    const ended = Promise.all([closing(far), closing(client)]);
    const many = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 7) & 0xff));
    client.end(many);
    expect((await take(far, many.length)).equals(many)).toBe(true);
    far.end("good bye");
    expect((await take(client, 8)).toString()).toBe("good bye");
    await ended;
  });

  test("a server that ends its connection with RST, or is not there, is told as such", async () => {
    const { client, far } = await open();
    const closed = closing(client);
    far.resetAndDestroy();
    await closed;
    target = undefined;
    const refused = connect(proxy.port, "127.0.0.1");
    const [error] = (await once(refused, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNRESET");
  });

  test("a port that is taken is said with its number", async () => {
    const second = new FaultProxy({
      host: "127.0.0.1",
      port: proxy.port,
      target: () => target,
      random,
      containment,
    });
    const error = await second.start().catch((it: unknown) => it);
    expect(error).toBeInstanceOf(CodedError);
    expect(error).toMatchObject({ code: "port-in-use" });
    await second.stop();
  });
});

describe("each kind has its effect, and none of it is left afterwards", () => {
  test("tcp-delay: octets are late by both ways, in order", async () => {
    const { client, far } = await open();
    far.pipe(far);
    const effect = await begin("tcp-delay", { delay_ms: 60, jitter_ms: 20 });
    const began_ms = performance.now();
    for (let i = 0; i < 20; i++) client.write(String.fromCharCode(97 + i));
    expect((await take(client, 20)).toString()).toBe("abcdefghijklmnopqrst");
    // Timers may be a millisecond early.
    expect(performance.now() - began_ms).toBeGreaterThan(117);
    await effect.clear();
    client.write("again");
    expect((await take(client, 5)).toString()).toBe("again");
  });

  test("tcp-bandwidth: so many octets take so long", async () => {
    const { client, far } = await open();
    // 10 000 octets a second, of which the first piece goes at once.
    const effect = await begin("tcp-bandwidth", { kbit_s: 80, direction: "to-server" });
    const began_ms = performance.now();
    client.write(Buffer.alloc(3000, 1));
    await take(far, 3000);
    expect(performance.now() - began_ms).toBeGreaterThan(220);
    client.write(Buffer.alloc(1_000_000, 2));
    await effect.clear();
    await take(far, 1_000_000);
  });

  test("tcp-half-open: nothing passes, not even an end, until it is over", async () => {
    const { client, far } = await open();
    const other = await open();
    const effect = await begin("tcp-half-open");
    client.write("are you there?");
    other.client.end();
    const heard: string[] = [];
    far.on("data", () => heard.push("octets"));
    const ended = once(other.far.resume(), "end").then(() => heard.push("end"));
    const newcomer = connect(proxy.port, "127.0.0.1");
    await once(newcomer, "connect");
    expect(heard).toEqual([]);
    heard.push("over");
    const octets = once(far, "data");
    await effect.clear();
    await Promise.all([octets, ended]);
    expect(heard[0]).toBe("over");
    expect([...heard].sort()).toEqual(["end", "octets", "over"]);
    newcomer.destroy();
  });

  test("tcp-half-open: a client that breaks off is heard of afterwards", async () => {
    const { client, far } = await open();
    const effect = await begin("tcp-half-open", { direction: "to-server" });
    far.write("still here");
    await take(client, 10);
    client.resetAndDestroy();
    await closing(client);
    const closed = closing(far);
    await effect.clear();
    await closed;
  });

  test("tcp-reset: both ends see RST, and who comes again is served", async () => {
    const { client, far } = await open();
    const errors = Promise.all([once(client, "error"), once(far, "error")]);
    await begin("tcp-reset");
    for (const [error] of await errors) expect((error as NodeJS.ErrnoException).code).toBe("ECONNRESET");
    const again = await open();
    again.client.write("hello");
    expect((await take(again.far, 5)).toString()).toBe("hello");
  });
});

test("what goes wrong with one connection costs it and no other, and is told and counted", async () => {
  const lines: string[] = [];
  const books = new Containment({ name: "proxy", log: (line) => lines.push(line) });
  let isBroken = true;
  const front = new FaultProxy({
    ...{ host: "127.0.0.1", port: 0, random, containment: books },
    target: () => {
      if (isBroken) throw new RangeError("no target");
      return target;
    },
  });
  await front.start();
  const first = connect(front.port, "127.0.0.1").on("error", () => undefined);
  await once(first.resume(), "close");
  isBroken = false;
  const second = connect(front.port, "127.0.0.1").on("error", () => undefined);
  second.write("x");
  while (accepted.length === 0) await once(server, "connection");
  // Ends of every kind at once, of sockets that are on their way, open, and gone.
  const third = connect(front.port, "127.0.0.1").on("error", () => undefined);
  front.reset();
  third.resetAndDestroy();
  front.reset();
  await front.stop();
  front.reset();
  expect(books.faults).toBe(1);
  expect(lines).toEqual(["proxy: contained a fault in a connection from 127.0.0.1: RangeError: no target"]);
});

test("a server behind goes by the proxy's address, also when it comes up again elsewhere", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-tcp-"));
  const plant = new FakePlant([fakeCnc("cnc-01")]);
  emitAll(plant, "cnc-01");
  const port = await freeTcpPort();
  const unit = new UnitServer(plant, plant.units[0]!, {
    ...{ port, security: ["none", "Basic256Sha256/SignAndEncrypt"], trust: "all", isBehind: true },
    pkiFolder: path.join(folder, "server"),
  });
  await unit.start();
  const front = new FaultProxy({
    host: "127.0.0.1",
    port,
    target: () => unit.listeningPort,
    random,
    containment,
  });
  await front.start();
  const clients = new OpcUaClients(folder);
  const url = `opc.tcp://127.0.0.1:${port}`;
  expect([unit.endpointUrl, unit.listeningPort === port]).toEqual([url, false]);
  const session = await clients.open(url, "SignAndEncrypt");
  expect((await readValue(session, "cnc-01/spindle-speed")).statusCode.name).toBe("Good");
  const bringUp = await unit.takeDown();
  expect(await outcome(clients.open(url))).not.toBe("Good");
  await bringUp();
  expect(await outcome(clients.open(url))).toBe("Good");
  await clients.close();
  await front.stop();
  await unit.stop();
  rmSync(folder, { recursive: true });
});

test("no kind goes without a test", () => {
  expect(TCP_FAULTS.map(({ id }) => id).filter((id) => !tested.has(id))).toEqual([]);
});
