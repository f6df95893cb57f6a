import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { UnitServer } from "../../src/protocol/opcua/unit-server.ts";
import { MOTION, emitAll, fakeCnc } from "../support/fake-cnc.ts";
import { FakePlant } from "../support/fake-plant.ts";
import { peer } from "../support/peers.ts";
import { MALFORMED, dissector } from "../support/dissect.ts";
import { TcpTap } from "../support/tcp-tap.ts";

const UNIT = "cnc-01";
const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-opcua-"));
const plant = new FakePlant([fakeCnc(UNIT)]);
const server = new UnitServer(plant, plant.units[0]!, {
  port: 0,
  security: ["none", "Basic256Sha256/SignAndEncrypt"],
  trust: "all",
  pkiFolder: path.join(folder, "server"),
});
const clients = new Set<ChildProcess>();

beforeAll(async () => {
  emitAll(plant, UNIT);
  await server.start();
});

afterAll(async () => {
  for (const client of clients) client.kill();
  await server.stop();
  rmSync(folder, { recursive: true });
});

interface Client {
  /** What it says, parsed; ends when the client ends well, throws when it fails */
  readonly messages: AsyncGenerator<Record<string, unknown>, void>;
  /** Lets a task that waits come to its end */
  finish(): void;
}

function startClient(task: string, url = server.endpointUrl): Client {
  const script = path.join(import.meta.dirname, "peers", "opcua-client.ts");
  const client = spawn(process.execPath, [script, task, url, path.join(folder, "client")]);
  clients.add(client);
  const exit = once(client, "exit");
  let complaints = "";
  client.stderr.on("data", (data: Buffer) => (complaints += data.toString()));
  async function* messages(): AsyncGenerator<Record<string, unknown>, void> {
    for await (const line of createInterface(client.stdout))
      yield JSON.parse(line) as Record<string, unknown>;
    const [code] = (await exit) as [number | null];
    clients.delete(client);
    if (code !== 0) throw new Error(`the client ended with ${code}: ${complaints}`);
  }
  return { messages: messages(), finish: () => client.stdin.end() };
}

/** All that a client says until its task is done. */
const ask = async (task: string, url?: string): Promise<Record<string, unknown>[]> => {
  const said: Record<string, unknown>[] = [];
  for await (const message of startClient(task, url).messages) said.push(message);
  return said;
};

/** Waits for a notification about a signal; answers the notifications about the speed that came until then. */
async function heard(client: Client, signal: string): Promise<unknown[]> {
  const speeds: unknown[] = [];
  for (;;) {
    const { value: message, done } = await client.messages.next();
    if (done) throw new Error("the client ended early");
    if (message.signal === "spindle-speed") speeds.push(message);
    if (message.signal === signal) return speeds;
  }
}

describe("a client in another process", () => {
  test("finds the machine below Objects/Machines and reads its nameplate", async () => {
    const { manufacturer, model, serialNumber, productInstanceUri, location } = plant.units[0]!.nameplate;
    expect(await ask("browse")).toMatchObject([
      {
        machine: UNIT,
        identification: {
          Manufacturer: manufacturer,
          Model: model,
          SerialNumber: serialNumber,
          ProductInstanceUri: productInstanceUri,
          Location: location,
        },
      },
    ]);
  });

  test("reads unit, range and sampling interval of a signal", async () => {
    expect(await ask("properties")).toEqual([
      {
        unitId: 0x52_50_4d, // "RPM"
        unitNamespace: "http://www.opcfoundation.org/UA/units/un/cefact",
        range: [0, 12_000],
        interval_ms: 100,
        profiles: [
          "http://opcfoundation.org/UA-Profile/Server/EmbeddedUA2017",
          "http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary",
        ],
      },
    ]);
  });

  test("sees the endpoints that were asked for, with certificates made for their host", async () => {
    const common = {
      url: server.endpointUrl,
      logins: [0],
      applicationUri: "urn:127.0.0.1:taktwerk:cnc-01",
      names: "IP Address:127.0.0.1, URI:urn:127.0.0.1:taktwerk:cnc-01",
    };
    expect(await ask("endpoints")).toEqual([
      { ...common, policy: "None", mode: "None" },
      { ...common, policy: "Basic256Sha256", mode: "SignAndEncrypt" },
    ]);
  });

  test("works signed and encrypted, and cannot write", async () => {
    expect(await ask("secure")).toEqual([{ state: 0, good: true, write: "BadUserAccessDenied" }]);
  });

  test("reads every attribute of every node, and the server lives on", async () => {
    const [{ nodes, statuses }] = (await ask("read-all")) as [{ nodes: number; statuses: object }];
    expect(nodes).toBeGreaterThan(8000);
    expect(statuses).not.toHaveProperty("BadInternalError");
    expect(await ask("properties")).toHaveLength(1);
  }, 120_000);
});

describe("a subscription", () => {
  const speedAt = (speed: number, load = 40): readonly number[] => [
    ...MOTION.slice(0, 6),
    speed,
    load,
    ...MOTION.slice(8),
  ];

  test("gets every tick with the plant's timestamp, and nothing for a tick that changes nothing", async () => {
    const client = startClient("subscribe");
    const speeds: unknown[] = [];
    const emitted: unknown[] = [];
    const emit = (speed: number, load?: number): void => {
      const { timestamp_ms } = plant.emit(UNIT, "motion", speedAt(speed, load));
      emitted.push({ signal: "spindle-speed", value: speed, status: 0, timestamp_ms, picoseconds: 0 });
    };
    await heard(client, "spindle-speed");
    expect(server.counters()).toMatchObject({ sessions: 1, subscriptions: 1, monitoredItems: 2 });
    for (const speed of [1000, 2000, 3000, 4000]) {
      emit(speed);
      speeds.push(...(await heard(client, "spindle-speed")));
    }
    plant.emit(UNIT, "motion", speedAt(4000, 77)); // the speed stays, the load proves that it was sampled
    speeds.push(...(await heard(client, "spindle-load")));
    emit(5000, 77);
    speeds.push(...(await heard(client, "spindle-speed")));
    expect(speeds).toEqual(emitted);
    client.finish();
    expect((await client.messages.next()).done).toBe(true);
    expect(server.counters()).toMatchObject({ sessions: 0, subscriptions: 0, monitoredItems: 0 });
  });
});

describe("an independent dissector", () => {
  const tshark = peer("tshark");

  test.skipIf(!tshark)("tshark finds nothing wrong on the wire", async () => {
    const tap = new TcpTap(Number(server.endpointUrl.split(":").at(-1)));
    const url = `opc.tcp://127.0.0.1:${await tap.open()}`;
    for (const task of ["browse", "properties", "endpoints"]) await ask(task, url);
    const client = startClient("subscribe", url);
    await heard(client, "spindle-speed");
    for (const speed of [1, 2, 3]) {
      plant.emit(UNIT, "motion", [...MOTION.slice(0, 6), speed, ...MOTION.slice(7)]);
      await heard(client, "spindle-speed");
    }
    client.finish();
    for await (const _ of client.messages);
    tap.close();
    const dissect = dissector(tshark!, tap, path.join(folder, "opcua.pcap"));
    const publishes = dissect("opcua").filter((line) => line.includes("PublishResponse"));
    expect(publishes.length).toBeGreaterThan(2);
    expect(dissect(MALFORMED)).toEqual([]);
  });
});

describe("bad neighbours", () => {
  async function open(): Promise<Socket> {
    const { hostname, port } = new URL(server.endpointUrl.replace("opc.tcp:", "http:"));
    const socket = connect(Number(port), hostname);
    socket.on("error", () => undefined); // being thrown out is what some of them come for
    await once(socket, "connect");
    return socket;
  }

  const hello = (size: number): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.write("HELF", "latin1");
    bytes.writeUInt32LE(size, 4);
    return bytes;
  };

  test.each([
    ["not OPC UA", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
    ["noise", Buffer.from(Array.from({ length: 512 }, (_, i) => (i * 197) % 256))],
    ["a Hello that is too long", hello(0xffff_ffff)],
    ["a Hello without content", hello(8)],
  ])("%s: the server lives on", async (_name, bytes) => {
    const socket = await open();
    const closed = once(socket, "close");
    socket.resume();
    socket.end(bytes);
    await closed;
    expect(await ask("properties")).toHaveLength(1);
  });

  test("connections that never speak do not keep others out", async () => {
    const silent = await Promise.all(Array.from({ length: 20 }, open));
    silent[0]!.write(hello(64)); // and one that stops in the middle of its Hello
    expect(await ask("properties")).toHaveLength(1);
    for (const socket of silent) socket.destroy();
  });
});

test("a server stops within a second, a subscribed client and a half-open connection included", async () => {
  const own = new FakePlant([fakeCnc(UNIT)]);
  emitAll(own, UNIT);
  const other = new UnitServer(own, own.units[0]!, {
    port: 0,
    security: ["none"],
    pkiFolder: path.join(folder, "server"),
  });
  await other.start();
  const client = startClient("subscribe", other.endpointUrl);
  await client.messages.next();
  const { port } = new URL(other.endpointUrl.replace("opc.tcp:", "http:"));
  const socket = connect(Number(port), "127.0.0.1");
  const closed = once(socket, "close");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  const start_ms = performance.now();
  await other.stop();
  expect(performance.now() - start_ms).toBeLessThan(1000);
  socket.resume();
  await closed;
});
