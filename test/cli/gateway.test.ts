/** `taktwerk gateway` as a process of its own. */
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Broker } from "../../src/protocol/mqtt/broker.ts";
import { Workspace } from "../support/cli.ts";
import { freeTcpPort, freeUdpPort } from "../support/free-ports.ts";
import { CONNECT, MqttSnClient } from "../support/mqttsn-client.ts";
import { North } from "../support/north.ts";

let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace();
});

afterEach(() => workspace.close());

const PUBLISH = {
  type: "PUBLISH",
  dup: false,
  qos: 1,
  retain: false,
  topic: { kind: "predefined", id: 7 },
  msgId: 1,
  data: new TextEncoder().encode("hi"),
} as const;

test("it listens, knows its pre-defined topics, publishes to the broker, and ends with Ctrl-C", async () => {
  const broker = new Broker({ port: 0 });
  await broker.start();
  const north = await North.subscribe(broker.url);
  const port = await freeUdpPort();
  workspace.write("topics.yaml", "plant/alarm: 7\n");
  const listen = ["--listen", `udp://127.0.0.1:${port}`, "--broker", broker.url];
  const command = workspace.start(["gateway", ...listen, "--predefined", "topics.yaml"]);
  await command.line(/MQTT-SN gateway on udp/);
  const client = await new MqttSnClient(port).connected();
  expect(await client.ask(PUBLISH)).toMatchObject({ type: "PUBACK", returnCode: 0 });
  expect(await north.take(1)).toEqual([{ topic: "plant/alarm", payload: "hi" }]);
  command.signal("SIGINT");
  expect(await client.next()).toEqual({ type: "DISCONNECT" });
  const { code, stdout } = await command.ended;
  expect(code).toBe(130);
  expect(stdout).toContain("1 clients, 1 published, 0 delivered");
  await client.close();
  await north.end();
  await broker.stop();
});

test.each(["3.1.1", "5"])("its own broker over MQTT %s, when none is named", async (version) => {
  const [port, brokerPort] = [await freeUdpPort(), await freeTcpPort()];
  const command = workspace.start([
    "gateway",
    "--listen",
    `127.0.0.1:${port}`,
    "--broker-port",
    `${brokerPort}`,
    "--mqtt",
    version,
  ]);
  await command.line(new RegExp(`its broker on mqtt://127.0.0.1:${brokerPort}`));
  const north = await North.subscribe(`mqtt://127.0.0.1:${brokerPort}`);
  await north.end();
});

test.each(["SIGTERM", "SIGHUP"] as const)(
  "%s ends it with its summary, also when its broker is frozen",
  async (signal) => {
    const sockets: Socket[] = [];
    // It accepts the gateway's own connection, and is silent from then on.
    const frozen = createServer((socket) => {
      if (sockets.push(socket) === 1) socket.write(Uint8Array.of(0x20, 2, 0, 0));
      socket.on("error", () => undefined).resume();
    });
    await new Promise<void>((resolve) => frozen.listen(0, "127.0.0.1", resolve));
    const port = await freeUdpPort();
    const url = `mqtt://127.0.0.1:${(frozen.address() as AddressInfo).port}`;
    const command = workspace.start(["gateway", "--listen", `127.0.0.1:${port}`, "--broker", url]);
    await command.line(/MQTT-SN gateway on udp/);
    const accepted = once(frozen, "connection");
    const client = new MqttSnClient(port).send(CONNECT);
    await accepted;
    command.signal(signal);
    const { code, stdout } = await command.ended;
    expect(code).toBe(130);
    expect(stdout).toContain("1 clients, 0 published, 0 delivered");
    await client.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => frozen.close(resolve));
  },
);

test("a signal ends it also while it waits for a broker that does not answer", async () => {
  const silent = createServer((socket) => socket.on("error", () => undefined).resume());
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const url = `mqtt://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const accepted = once(silent, "connection");
  const command = workspace.start([
    "gateway",
    "--listen",
    `127.0.0.1:${await freeUdpPort()}`,
    "--broker",
    url,
  ]);
  await accepted;
  command.signal("SIGTERM");
  expect(await command.ended).toMatchObject({ code: 130, stderr: "" });
  await new Promise((resolve) => silent.close(resolve));
});

test.each([
  [["--listen", "1884"], '--listen cannot be "1884"'],
  [["--listen", "udp://127.0.0.1:70000"], '--listen cannot be "udp://127.0.0.1:70000"'],
  [["--listen", "udp://0.0.0.0:1884"], "which others can reach"],
  [["--broker", "nowhere"], '--broker cannot be "nowhere"'],
  [["--mqtt", "4"], '--mqtt cannot be "4"'],
  [["--broker", "http://127.0.0.1:1"], '--broker cannot be "http://127.0.0.1:1"'],
  [["--max-clients", "0"], '--max-clients cannot be "0"'],
  [["--advertise", "x"], '--advertise cannot be "x"'],
  [["--predefined", "no.yaml"], "does not exist"],
  [["--brokr", "x"], "Did you mean --broker?"],
])("%j is refused before anything listens", async (options, message) => {
  const { code, stderr } = await workspace.run("gateway", ...options);
  expect(stderr).toContain(message);
  expect(code).toBe(2);
});

test("a broker that is not there", async () => {
  const broker = `mqtt://127.0.0.1:${await freeTcpPort()}`;
  const { code, stderr } = await workspace.run(
    "gateway",
    "--listen",
    `127.0.0.1:${await freeUdpPort()}`,
    "--broker",
    broker,
  );
  expect(stderr).toContain("error[broker-unreachable]");
  expect(code).toBe(3);
});
