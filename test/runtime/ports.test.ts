import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { CodedError } from "../../src/errors.ts";
import { loadCatalog } from "../../src/runtime/files.ts";
import { DEMO_SCENARIO, readText } from "../../src/runtime/files.ts";
import {
  checkEphemeralPorts,
  checkFileDescriptors,
  fileDescriptorsNeeded,
  sourceAddress,
} from "../../src/runtime/limits.ts";
import { isBehindProxy } from "../../src/runtime/opcua-servers.ts";
import { checkPorts, findTakenPorts } from "../../src/runtime/ports.ts";
import { planScenario, type Plan } from "../../src/scenario/plan.ts";
import { freeTcpPort, freeUdpPort } from "../support/free-ports.ts";
import { scenarioText, UNIT } from "../support/scenario-text.ts";

const catalog = loadCatalog();
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** Holds a port as another program would. @returns its number */
async function holdTcp(port: number): Promise<number> {
  const server = createServer().listen(port, "127.0.0.1");
  closing.push(() => server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function holdUdp(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  closing.push(() => socket.close());
  await once(socket, "listening");
  return socket.address().port;
}

/** Three units and the embedded gateway; the servers begin at `opcua`. */
async function planAt(opcua: string, count = 3, gateway?: number): Promise<Plan> {
  const [udp, broker] = [gateway ?? (await freeUdpPort()), await freeTcpPort()];
  const top = `endpoints:\n  opcua: { ${opcua} }\ndiscovery: false\ngateway: { port: ${udp}, broker-port: ${broker} }\n`;
  const units = UNIT.replace("name:", `count: ${count}, name:`);
  return planScenario("plant.yaml", scenarioText({ top, units }), catalog);
}

const portsOf = (plan: Plan): (number | undefined)[] => plan.units.map((unit) => unit.opcua?.port);

async function refusal(plan: Plan): Promise<CodedError> {
  const error: unknown = await checkPorts(plan).catch((it: unknown) => it);
  expect(error).toBeInstanceOf(CodedError);
  return error as CodedError;
}

const messagesOf = async (plan: Plan): Promise<string[]> =>
  (await findTakenPorts(plan)).map(({ message }) => message);

test("ports that are free are no matter", async () => {
  expect(await messagesOf(await planAt(`port: ${await freeTcpPort(3)}`))).toEqual([]);
});

describe("a port that another program has", () => {
  test("is found whatever wants it, also when two of one plan do", async () => {
    const [first, taken] = [await freeTcpPort(3), await holdUdp()];
    await holdTcp(first + 1);
    const plan = await planAt(`port: ${first}`, 3, taken);
    const discovery = {
      bind: "127.0.0.1",
      port: first,
      advertise: ["127.0.0.1"] as const,
      place: { file: "" },
    };
    expect(await messagesOf({ ...plan, discovery })).toEqual([
      `UDP port ${taken} on 127.0.0.1, wanted by the MQTT-SN gateway, is in use`,
      `TCP port ${first} on 127.0.0.1, wanted by the OPC UA server of cnc-01, is in use`,
      `TCP port ${first + 1} on 127.0.0.1, wanted by the OPC UA server of cnc-02, is in use`,
    ]);
  });

  test("is an error, at the unit that wants it", async () => {
    const first = await freeTcpPort(3);
    await holdTcp(first + 2);
    const error = await refusal(await planAt(`port: ${first}`));
    expect(error).toMatchObject({
      code: "port-in-use",
      message: `TCP port ${first + 2} on 127.0.0.1, wanted by the OPC UA server of cnc-03, is in use`,
      place: { file: "plant.yaml", line: 10, column: 54 },
    });
  });
});

test("an address that this machine does not have cannot be bound", async () => {
  // 192.0.2.0/24 is kept for documentation (RFC 5737).
  const error = await refusal(await planAt("bind: 192.0.2.1, insecure: true"));
  expect(error).toMatchObject({
    code: "bind-failed",
    message:
      "TCP port 24841 on 192.0.2.1, wanted by the OPC UA server of cnc-01, cannot be bound (EADDRNOTAVAIL)",
  });
});

test("a plan without endpoints wants no ports", async () => {
  const plan = planScenario("plant.yaml", scenarioText(), catalog, { endpoints: false });
  expect(await messagesOf(plan)).toEqual([]);
});

test("a plan of free ports wants none, whatever is written, and no two units can want the same", async () => {
  const first = await freeTcpPort();
  await holdTcp(first);
  const text = scenarioText({
    top: `ports: auto\nendpoints: { opcua: { port: ${first} } }\n`,
    units: UNIT.replace("name:", "count: 2, name:"),
  });
  const plan = planScenario("plant.yaml", text, catalog);
  expect(portsOf(plan)).toEqual([0, 0]);
  expect([plan.discovery!.port, plan.gateway!.port, plan.gateway!.brokerPort]).toEqual([0, 0, 0]);
  expect(await messagesOf(plan)).toEqual([]);
  const fixed = planScenario("plant.yaml", text, catalog, { set: ["ports=fixed"] });
  expect(portsOf(fixed)).toEqual([first, first + 1]);
});

test("a server that goes down on purpose keeps a port that was free, behind a proxy", () => {
  const faults = "faults: [{ id: down, at: 1s, for: 1s, on: opcua, fault: server-down }]\n";
  const plan = planScenario("plant.yaml", scenarioText({ top: faults }), catalog);
  expect(plan.units.map(isBehindProxy)).toEqual([false]);
  const auto = planScenario("plant.yaml", scenarioText({ top: faults }), catalog, { set: ["ports=auto"] });
  expect(auto.units.map(isBehindProxy)).toEqual([true]);
  expect(fileDescriptorsNeeded(auto)).toBeGreaterThan(fileDescriptorsNeeded(plan));
});

test("open files are counted before the run", async () => {
  const plan = await planAt(`port: ${await freeTcpPort(3)}`);
  const needed = fileDescriptorsNeeded(plan);
  expect(needed).toBeGreaterThan(fileDescriptorsNeeded({ ...plan, units: plan.units.slice(1) }));
  expect(() => checkFileDescriptors(plan, needed)).not.toThrow();
  expect(() => checkFileDescriptors(plan, undefined)).not.toThrow();
  expect(() => checkFileDescriptors(plan, needed - 1)).toThrow(
    expect.objectContaining({
      code: "file-descriptors",
      message: `the plant needs about ${needed} open files, this process may have ${needed - 1}`,
    }) as Error,
  );
});

const demo = () => planScenario(DEMO_SCENARIO, readText(DEMO_SCENARIO), catalog);

test("a fleet that needs more ports than an address has is spread over loopback addresses", () => {
  const plan = demo();
  expect([0, 4].map((index) => sourceAddress(plan, index, 100))).toEqual([undefined, undefined]);
  // Nine tenths of the ports are for devices.
  expect([0, 1, 2, 4].map((index) => sourceAddress(plan, index, 3))).toEqual([
    "127.0.0.1",
    "127.0.0.1",
    "127.0.0.2",
    "127.0.0.3",
  ]);
  checkEphemeralPorts(plan, 3);
});

test("towards a gateway elsewhere there is one address, and too few ports are told before the run", () => {
  const plan = demo();
  const away = plan.units.map((unit) => ({
    ...unit,
    mqttsn: { ...unit.mqttsn!, gateways: [{ host: "10.0.0.1", port: 1884 }] },
  }));
  const elsewhere = { ...plan, gateway: undefined, units: away };
  expect(sourceAddress(elsewhere, 4, 3)).toBeUndefined();
  expect(() => checkEphemeralPorts(elsewhere, 3)).toThrow(
    expect.objectContaining({
      code: "ephemeral-ports",
      fix: expect.stringContaining("sysctl") as string,
    }) as Error,
  );
  const forwarded = away.map((unit) => ({ ...unit, mqttsn: { ...unit.mqttsn, forwarder: true } }));
  checkEphemeralPorts({ ...elsewhere, units: forwarded }, 3);
});
