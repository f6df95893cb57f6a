/** What a plant does when it cannot start or must end: the exit code, the words, and nothing left running. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { afterAll, describe, expect, test } from "vitest";
import { Workspace, type Ending } from "../support/cli.ts";
import { freeTcpPort, freeUdpPort } from "../support/free-ports.ts";
import { scenarioText, UNIT } from "../support/scenario-text.ts";

/** Ctrl-C ends a run within two seconds; the rest is the start of a process on a busy machine. */
const ENDS_WITHIN_MS = 60_000;

const workspace = new Workspace();
afterAll(() => workspace.close());

interface Ports {
  readonly opcua: number;
  readonly gateway: number;
  readonly broker: number;
}

async function freePorts(servers: number): Promise<Ports> {
  const [opcua, gateway, broker] = await Promise.all([freeTcpPort(servers), freeUdpPort(), freeTcpPort()]);
  return { opcua, gateway, broker };
}

/** A plant whose endpoints are where no other test has its own. */
function writePlant(name: string, { opcua, gateway, broker }: Ports, count = 1): string {
  const top = [
    "endpoints:",
    `  opcua: { port: ${opcua}, security: [none] }`,
    "discovery: false",
    `gateway: { port: ${gateway}, broker-port: ${broker} }`,
  ];
  const units = UNIT.replace("name:", `count: ${count}, name:`);
  return workspace.write(name, scenarioText({ top: `${top.join("\n")}\n`, units }));
}

/** A port that an ended process has left can be bound again. */
async function expectFree({ opcua, gateway, broker }: Ports): Promise<void> {
  for (const port of [opcua, broker]) {
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    await new Promise((resolve) => server.close(resolve));
  }
  const socket = createSocket("udp4").bind(gateway, "127.0.0.1");
  await once(socket, "listening");
  await new Promise<void>((resolve) => socket.close(resolve));
}

function expectSummary({ stdout, stderr, code }: Ending): void {
  expect(stdout).toMatch(/^plant interrupted after [\d.]+ s of plant time\n/m);
  expect(stdout).toMatch(/^ {2}digest {4}[0-9a-f]{16} /m);
  expect({ stderr, code }).toEqual({ stderr: "", code: 130 });
}

describe("a port in use", () => {
  test("of an OPC UA server is named with the unit that wants it, and nothing starts", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address() as AddressInfo;
    const ports = { ...(await freePorts(1)), opcua: port };
    const ending = await workspace.run("up", writePlant("taken.yaml", ports));
    holder.close();
    expect(ending).toMatchObject({ code: 2, stdout: "" });
    expect(ending.stderr.split("\n")).toEqual([
      `taken.yaml:10:54: error[port-in-use]: TCP port ${port} on 127.0.0.1, wanted by the OPC UA server of cnc-01, is in use`,
      "  Stop the program that has it, give the scenario another port, or let it take free ones: --ports auto.",
      "",
    ]);
  });

  test("of the embedded gateway is UDP, and is named as well", async () => {
    const holder = createSocket("udp4").bind(0, "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address();
    const plant = writePlant("taken-udp.yaml", { ...(await freePorts(1)), gateway: port });
    const ending = await workspace.run("run", plant, "--duration", "1s");
    holder.close();
    expect(ending).toMatchObject({ code: 2, stdout: "" });
    expect(ending.stderr).toContain(
      `taken-udp.yaml:6:10: error[port-in-use]: UDP port ${port} on 127.0.0.1, wanted by the MQTT-SN gateway, is in use`,
    );
  });
});

/** Runs the plant for a moment on ports of which one is taken. */
async function despite(...args: readonly string[]): Promise<Ending> {
  const holder = createSocket("udp4").bind(0, "127.0.0.1");
  await once(holder, "listening");
  const plant = writePlant("moved.yaml", { ...(await freePorts(1)), gateway: holder.address().port });
  const ending = await workspace.run("run", plant, "--duration", "1s", ...args);
  holder.close();
  return ending;
}

test.each([[["--ports", "auto"]], [["--set", "ports=auto"]]])(
  "with %j no port is in use, and the command that repeats the run says so",
  async (args) => {
    const { code, stdout } = await despite(...args);
    expect(stdout).toMatch(/^OPC UA cnc-01 on opc\.tcp:\/\/127\.0\.0\.1:[1-9]\d+$/m);
    expect(stdout).toMatch(/^ {2}again .* --set ports=auto$/m);
    expect(code).toBe(0);
  },
);

test("no other rule for ports is known", async () => {
  const { code, stderr } = await despite("--ports", "any");
  expect(stderr).toContain('error[invalid-option]: --ports cannot be "any"\n  Write auto or fixed.');
  expect(code).toBe(2);
});

test("the demo takes free ports where one of its own is taken", { timeout: ENDS_WITHIN_MS }, async () => {
  // Whether this test has it now or another program: it is taken.
  const holder = createSocket("udp4").on("error", () => undefined);
  holder.bind(21_884, "127.0.0.1");
  const demo = workspace.start(["--plain"]);
  await demo.line(/21884 is in use: the demo takes ports that are free$/);
  await demo.line(/^OPC UA discovery of 5 servers on opc\.tcp:\/\/127\.0\.0\.1:(?!24840)/);
  demo.signal("SIGINT");
  expect((await demo.ended).code).toBe(130);
  holder.close();
});

test("a gateway that does not answer is no verdict: exit code 3, and nothing left running", async () => {
  const [silent, opcua] = [await freeUdpPort(), await freeTcpPort()];
  const top = `endpoints:\n  opcua: { port: ${opcua}, security: [none] }\n  mqttsn: { gateway: "udp://127.0.0.1:${silent}" }\ndiscovery: false\n`;
  workspace.write("silent.yaml", scenarioText({ top }));
  const { code, stdout, stderr } = await workspace.run(
    "run",
    "silent.yaml",
    "--duration",
    "1m",
    "--seed",
    "9",
  );
  expect(stderr).toMatch(
    new RegExp(`^silent\\.yaml:\\d+:\\d+: error\\[gateway-unreachable\\]: .*127\\.0\\.0\\.1:${silent}`, "m"),
  );
  expect(stderr).toMatch(/^ {2}again {5}taktwerk run silent\.yaml --seed 9 --speed 1 --duration 60s$/m);
  expect(stderr).not.toMatch(/^ +at /m);
  expect(stdout).not.toContain("digest");
  expect(code).toBe(3);
});

describe.each(["SIGINT", "SIGTERM"] as const)("%s", (signal) => {
  test("ends a plant with its summary", { timeout: ENDS_WITHIN_MS }, async () => {
    const ports = await freePorts(1);
    const plant = workspace.start(["up", writePlant(`${signal}.yaml`, ports)]);
    await plant.line(/Ctrl-C ends/);
    plant.signal(signal);
    expectSummary(await plant.ended);
    await expectFree(ports);
  });

  test(
    "ends a run that has no endpoints and would go on for a year",
    { timeout: ENDS_WITHIN_MS },
    async () => {
      workspace.write("year.yaml", scenarioText());
      const run = workspace.start(["up", "year.yaml", "--speed", "max", "--duration", "365d"]);
      await run.line(/Ctrl-C ends/);
      run.signal(signal);
      expectSummary(await run.ended);
    },
  );

  test("ends a plant that is still starting", { timeout: ENDS_WITHIN_MS }, async () => {
    const ports = await freePorts(40);
    const plant = workspace.start(["up", writePlant(`${signal}-starting.yaml`, ports, 40)]);
    await plant.line(/^MQTT-SN gateway on/);
    plant.signal(signal);
    const { code, stdout } = await plant.ended;
    expect(stdout).not.toContain("Ctrl-C ends");
    expect(code).toBe(130);
    await expectFree(ports);
  });
});

test("a reader that closes the pipe ends the plant", { timeout: ENDS_WITHIN_MS }, async () => {
  const ports = await freePorts(1);
  const plant = workspace.start(["up", writePlant("pipe.yaml", ports)]);
  await plant.line(/Ctrl-C ends/);
  plant.stopReading();
  const { code, stderr } = await plant.ended;
  expect({ code, stderr }).toEqual({ code: 130, stderr: "" });
  await expectFree(ports);
});

test.each([
  ["thrown in a timer", 'setImmediate(() => { throw new Error("injected"); })'],
  ["of a promise that nobody awaits", 'Promise.reject(new Error("injected"))'],
])(
  "an exception %s is a defect: exit code 5, the command that repeats the run, and the port is free",
  async (_how, failure) => {
    workspace.write(
      "fail-when-running.mjs",
      `const { write } = process.stdout;
process.stdout.write = function (text, ...rest) {
  if (String(text).includes("Ctrl-C ends")) ${failure};
  return write.call(this, text, ...rest);
};\n`,
    );
    const ports = await freePorts(1);
    const args = ["up", writePlant("doomed.yaml", ports), "--seed", "11"];
    const { code, stderr } = await workspace.start(args, ["--import", "./fail-when-running.mjs"]).ended;
    expect(stderr).toMatch(/^error\[internal\]: something that must not happen has happened$/m);
    expect(stderr).toContain("Error: injected");
    expect(stderr).toMatch(/^ {2}again {5}taktwerk up doomed\.yaml --seed 11 --speed 1$/m);
    expect(code).toBe(5);
    await expectFree(ports);
  },
);
