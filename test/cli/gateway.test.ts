/** `taktwerk gateway` as a process of its own. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { Broker } from "../../src/protocol/mqtt/broker.ts";
import { Workspace } from "../support/cli.ts";
import { freeTcpPort, freeUdpPort } from "../support/free-ports.ts";
import { MqttSnClient } from "../support/mqttsn-client.ts";
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

test("its own broker, when none is named", async () => {
  const [port, brokerPort] = [await freeUdpPort(), await freeTcpPort()];
  const command = workspace.start([
    "gateway",
    "--listen",
    `127.0.0.1:${port}`,
    "--broker-port",
    `${brokerPort}`,
  ]);
  await command.line(new RegExp(`its broker on mqtt://127.0.0.1:${brokerPort}`));
  const north = await North.subscribe(`mqtt://127.0.0.1:${brokerPort}`);
  await north.end();
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
