/** A process of a cell that throws while a command is under way ends the run with code 5, whoever commanded and waits. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import mqtt from "mqtt";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { CodedError, EXIT } from "../../src/errors.ts";
import { startPlant } from "../../src/index.ts";
import { Run } from "../../src/runtime/run.ts";
import { Workspace } from "../support/cli.ts";
import { demoPlan } from "../support/demo-plant.ts";
import { NoAnswer, RawClient, type RawAnswer } from "../support/opcua-raw/raw-client.ts";
import { TYPE, ns0 } from "../support/opcua-raw/writer.ts";
import { freeTcpPort, freeUdpPort } from "../support/free-ports.ts";
import { scenarioText, UNIT } from "../support/scenario-text.ts";

const workspace = new Workspace();
afterAll(() => workspace.close());

const OVERRIDE = { name: "set-override", arguments: { which: "feed", percent: 50 } };
const NAMESPACE_ARRAY = 2255;
const VALUE = 13;
const FAILURE = "process doomed threw: injected";

/** Lets a process of the cell throw right behind a command, in every process that loads the module. */
function doom(context: string): string {
  const file = path.join(workspace.folder, `doom-${path.extname(context).slice(1)}.mjs`);
  writeFileSync(
    file,
    `const { UnitContext } = await import(${JSON.stringify(pathToFileURL(path.resolve(context)).href)});
const { recordInput } = UnitContext.prototype;
UnitContext.prototype.recordInput = function (number, command) {
  recordInput.call(this, number, command);
  if (command.name === "set-override")
    this.simulation.process("doomed", (function* () { throw new Error("injected"); })());
};\n`,
  );
  return pathToFileURL(file).href;
}

async function failureOf(work: Promise<unknown>): Promise<CodedError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CodedError);
  return error as CodedError;
}

function expectFailure(error: CodedError): void {
  expect([error.code, error.exitCode]).toEqual(["simulation-failed", EXIT.internal]);
  expect(error.message).toContain(FAILURE);
}

describe.each(["up", "run"])("%s", (verb) => {
  test.each(["1", "2"])("in %s processes, with the command over MQTT-SN", async (hosts) => {
    const [gateway, broker] = [await freeUdpPort(), await freeTcpPort()];
    const top = `endpoints: { opcua: false }\ngateway: { port: ${gateway}, broker-port: ${broker} }\nduration: 1h\n`;
    const units = UNIT.replace("name:", "count: 2, name:");
    const file = workspace.write(`${verb}-${hosts}.yaml`, scenarioText({ top, units }));
    const doomed = ["--import", doom("dist/equipment/unit-context.js")];
    const command = workspace.start([verb, file, "--hosts", hosts, "--seed", "3"], doomed);
    await command.line(/devices? publish/);
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker}`);
    const order = JSON.stringify({ command: OVERRIDE.name, arguments: OVERRIDE.arguments });
    // A unit hears commands once it has subscribed, of which nothing tells outside: the topic keeps it.
    await client.publishAsync("plant/hall/cnc-02/command", order, { qos: 1, retain: true });
    const { code, stderr } = await command.ended;
    client.end(true);
    expect(stderr).toMatch(/^error\[simulation-failed\]: process doomed threw: injected, at [\d.]+ s$/m);
    expect(stderr.match(/error\[/g)).toHaveLength(1);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(stderr).toContain(`again     taktwerk ${verb} ${file} --seed 3`);
    expect(code).toBe(EXIT.internal);
  });
});

/** Keys and certificates are made first, which takes a while where others compute. */
const WITH_KEYS = { timeout: 60_000 };

test.each(["1", "2"])("in %s processes, with the command as an OPC UA method", WITH_KEYS, async (hosts) => {
  const [port, discovery] = [await freeTcpPort(), await freeTcpPort()];
  const opcua = `{ port: ${port}, bind: "127.0.1.{n}", security: [none], anonymous: operator }`;
  const top = `endpoints: { opcua: ${opcua}, mqttsn: false }\ndiscovery: { port: ${discovery} }\nduration: 1h\n`;
  const units = UNIT.replace("name:", "count: 2, name:");
  const file = workspace.write(`opcua-${hosts}.yaml`, scenarioText({ top, units }));
  const doomed = ["--import", doom("dist/equipment/unit-context.js")];
  const command = workspace.start(["run", file, "--hosts", hosts, "--seed", "3"], doomed);
  await command.line(/OPC UA cnc-02 on/);
  await command.line(/OPC UA cnc-01 on/);
  const client = await RawClient.open(`opc.tcp://127.0.1.2:${port}`);
  const { body } = await client.ask("Read", (w) =>
    w
      .double(0)
      .uint32(3)
      .array([ns0(NAMESPACE_ARRAY)], (node) => {
        w.nodeId(node).uint32(VALUE).string(null).qualifiedName(0, null);
      }),
  );
  // Number of results, what a DataValue has, what its Variant is.
  body.skip(4 + 1 + 1);
  const ns = Array.from({ length: body.int32() }, () => body.string()).indexOf("urn:taktwerk:unit");
  const called = client.ask("Call", (w) =>
    w.array([0], () => {
      w.nodeId({ ns, s: "cnc-02/Control" }).nodeId({ ns, s: "cnc-02/Control/SetOverride" });
      w.int32(2)
        .variant(TYPE.string, (it) => it.string("feed"))
        .variant(TYPE.double, (it) => it.double(50));
    }),
  );
  // The client is told that it failed, unless the run has ended its connection first.
  const answered = await called.catch((error: unknown) => error);
  if (!(answered instanceof NoAnswer)) expect((answered as RawAnswer).body.skip(4).uint32()).not.toBe(0);
  const { code, stderr } = await command.ended;
  expect(stderr).toMatch(/^error\[simulation-failed\]: process doomed threw: injected, at [\d.]+ s$/m);
  expect(code).toBe(EXIT.internal);
});

describe("while time is paused", () => {
  afterEach(() => {
    delete process.env["NODE_OPTIONS"];
  });

  test.each([1, 2])("in %i processes, the command and the run both fail with it", async (hosts) => {
    const module = doom("src/equipment/unit-context.ts");
    process.env["NODE_OPTIONS"] = `--import ${module}`;
    if (hosts === 1) await patched();
    const run = new Run(demoPlan({ endpoints: false, speed: 1 }), { hosts });
    try {
      await run.start();
      const finished = failureOf(run.finish());
      await run.pace({ do: "pause" });
      expectFailure(await failureOf(run.command("cnc-01", OVERRIDE)));
      expectFailure(await finished);
    } finally {
      await run.close();
    }
  });
});

/** As `doom`, in this process, whose modules are not loaded by Node.js. */
async function patched(): Promise<void> {
  const { UnitContext } = await import("../../src/equipment/unit-context.ts");
  const { recordInput } = UnitContext.prototype;
  UnitContext.prototype.recordInput = function (number, command) {
    UnitContext.prototype.recordInput = recordInput;
    recordInput.call(this, number, command);
    const throwing = (function* (): Generator<never, undefined, never> {
      throw new Error("injected");
    })();
    this.simulation.process("doomed", throwing);
  };
}

test("a plant of the library fails the command, and tells it again when it is stopped", async () => {
  await patched();
  const scenario = scenarioText({ top: "endpoints: { opcua: false, mqttsn: false }\n" });
  const plant = await startPlant({ scenario });
  expectFailure(await failureOf(plant.command("cnc-01", OVERRIDE.name, OVERRIDE.arguments)));
  expectFailure(await failureOf(plant.stop()));
});
