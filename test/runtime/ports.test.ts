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
import { claimPorts } from "../../src/runtime/ports.ts";
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

async function claim(plan: Plan, move: boolean): Promise<{ plan: Plan; said: string[] }> {
  const said: string[] = [];
  return { plan: await claimPorts(plan, move, (line) => said.push(line)), said };
}

async function refusal(plan: Plan): Promise<CodedError> {
  const error: unknown = await claimPorts(plan, false, () => undefined).catch((it: unknown) => it);
  expect(error).toBeInstanceOf(CodedError);
  return error as CodedError;
}

describe("ports that are free", () => {
  test.each([true, false])("are taken as planned, whether or not they may move (%s)", async (move) => {
    const planned = await planAt(`port: ${await freeTcpPort(3)}`);
    const { plan, said } = await claim(planned, move);
    expect(plan).toEqual(planned);
    expect(said).toEqual([]);
  });
});

describe("a port that another program has", () => {
  test("moves on in the demo, says so, and takes no port twice", async () => {
    const first = await freeTcpPort(5);
    await holdTcp(first + 1);
    const { plan, said } = await claim(await planAt(`port: ${first}`), true);
    expect(portsOf(plan)).toEqual([first, first + 2, first + 3]);
    expect(said).toEqual([
      `port ${first + 1} of the OPC UA server of cnc-02 is taken: ${first + 2} instead`,
      `port ${first + 2} of the OPC UA server of cnc-03 is taken: ${first + 3} instead`,
    ]);
  });

  test("moves on for the gateway's UDP port too", async () => {
    const taken = await holdUdp();
    const { plan, said } = await claim(await planAt(`port: ${await freeTcpPort(3)}`, 3, taken), true);
    expect(plan.gateway!.port).toBeGreaterThan(taken);
    expect(said).toEqual([`port ${taken} of the MQTT-SN gateway is taken: ${plan.gateway!.port} instead`]);
  });

  test("is an error otherwise, at the unit that wants it", async () => {
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

test("the search for a free port ends at the last one", async () => {
  await holdTcp(65_535).catch(() => undefined);
  const error: unknown = await claimPorts(await planAt("port: 65535", 1), true, () => undefined).catch(
    (it: unknown) => it,
  );
  expect(error).toMatchObject({ code: "port-in-use", exitCode: 2 });
});

test("a plan without endpoints wants no ports", async () => {
  const plan = planScenario("plant.yaml", scenarioText(), catalog, { endpoints: false });
  expect(await claim(plan, false)).toEqual({ plan, said: [] });
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
