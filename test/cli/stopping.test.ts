/** Whatever a run does, a signal ends it within two seconds, and nothing that it has started stays. */
import { existsSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { Workspace, type Command, type Ending } from "../support/cli.ts";
import { scenarioText, UNIT } from "../support/scenario-text.ts";
import { childrenOf } from "../support/terminal.ts";

/** Two seconds are promised; the rest is for a machine that does other things as well. */
const ENDS_WITHIN_MS = 6000;

const workspace = new Workspace();
afterAll(() => workspace.close());

const OFF_WIRE = "endpoints: { opcua: false, mqttsn: false }\n";
const units = (count: number): string => UNIT.replace("name:", `count: ${count}, name:`);

/** Sends SIGTERM and waits for the end. @returns how it ended, when nothing that it had started runs any more */
async function terminate(command: Command): Promise<Ending> {
  const started = childrenOf(command.pid);
  const sent_ms = performance.now();
  command.signal("SIGTERM");
  const ending = await command.ended;
  expect(performance.now() - sent_ms).toBeLessThan(ENDS_WITHIN_MS);
  for (const pid of started) expect(isRunning(pid)).toBe(false);
  return ending;
}

/** Whether a process is there and no zombie that waits for its parent. */
function isRunning(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
}

function expectSummary({ stdout, stderr, code }: Ending): void {
  expect(stdout).toMatch(/^plant interrupted after [\d.]+ m?s? ?.*of plant time\n/m);
  expect(stdout).toMatch(/^ {2}digest {4}[0-9a-f]{16} /m);
  expect({ stderr, code }).toEqual({ stderr: "", code: 130 });
}

describe("a plant without a wire", () => {
  test.each([
    ["1", "1"],
    ["1e9", "1"],
    ["100000", "1"],
    ["1e308", "1"],
    ["1e-300", "1"],
    ["max", "1"],
    ["1e9", "2"],
    ["max", "3"],
  ])("at speed %s in %s processes ends with its summary", async (speed, hosts) => {
    const file = workspace.write("fast.yaml", scenarioText({ top: OFF_WIRE, units: units(50) }));
    const plant = workspace.start(["up", file, "--speed", speed, "--hosts", hosts]);
    await plant.line(/Ctrl-C ends/);
    // The first look at the plant, which must not have to catch up with years.
    await plant.line(/^[A-Z][a-z]{2} .*\d\d:\d\d:\d\d/);
    expectSummary(await terminate(plant));
  });

  test("with a host that has stopped ends all the same, and says that there is no result", async () => {
    const file = workspace.write("stopped.yaml", scenarioText({ top: OFF_WIRE, units: units(4) }));
    const plant = workspace.start(["up", file, "--hosts", "2"]);
    await plant.line(/Ctrl-C ends/);
    process.kill(childrenOf(plant.pid)[0]!, "SIGSTOP");
    const { code, stdout } = await terminate(plant);
    expect(stdout).toContain("interrupted without a result: a part of the run did not come to rest in time");
    expect(code).toBe(130);
  });

  test("whose reader does not read ends all the same", async () => {
    const file = workspace.write("unread.yaml", scenarioText({ top: OFF_WIRE, units: units(30) }));
    workspace.write(
      "flood.mjs",
      `const { write } = process.stdout;
process.stdout.write = function (text, ...rest) {
  if (String(text).includes("Ctrl-C ends")) setImmediate(() => write.call(this, "x".repeat(2 ** 24)));
  return write.call(this, text, ...rest);
};\n`,
    );
    const plant = workspace.start(["up", file, "--speed", "max"], ["--import", "./flood.mjs"]);
    await plant.line(/Ctrl-C ends/);
    plant.pauseReading();
    const { code } = await terminate(plant);
    expect(code).toBe(130);
  });
});

test("a system under test that hears no signal, and what it has started, end with the run", async () => {
  const deaf =
    "trap '' TERM INT HUP; (trap '' TERM; echo child $$; while :; do sleep 1; done) & while :; do sleep 1; done";
  const top = `endpoints: { opcua: false }
ports: auto
sut: { name: deaf, start: ${JSON.stringify(deaf)} }
thresholds: [wire.mqttsn.published count >= 0]
duration: 1h
`;
  const file = workspace.write("deaf.yaml", scenarioText({ top }));
  const plant = workspace.start(["up", file]);
  await plant.line(/Ctrl-C ends/);
  expectSummary(await terminate(plant));
});

test("a gateway that is gone is not waited for", async () => {
  const top = `endpoints: { opcua: false, mqttsn: { retry: 10s, retries: 10 } }
ports: auto
faults: [{ id: dark, at: 1s, for: 1h, on: mqttsn, fault: partition }]
duration: 1h
`;
  const plant = workspace.start(["up", workspace.write("dark.yaml", scenarioText({ top })), "--plain"]);
  await plant.line(/dark/);
  expectSummary(await terminate(plant));
});

/** Signals that come while the program loads, one after the other. */
const DELAYS_MS = [0, 40, 80, 120, 200, 300, 450, 700];

describe("a signal while the program starts", () => {
  const file = workspace.write("early.yaml", scenarioText({ top: OFF_WIRE }));
  const early = async (nodeOptions: readonly string[], delay_ms: number): Promise<Ending> => {
    const command = workspace.start(["up", file], nodeOptions);
    // The moment itself is what is tested here: there is nothing to wait for yet.
    await new Promise((resolve) => setTimeout(resolve, delay_ms));
    return terminate(command);
  };

  test.each(DELAYS_MS)("ends it, after %i ms", async (delay_ms) => {
    const { code, signal, stderr } = await early([], delay_ms);
    expect([130, "SIGTERM"]).toContain(code ?? signal);
    expect(stderr).toBe("");
  });

  test("is heard by the first process of a container, which no signal ends by itself", async () => {
    workspace.write(
      "first.mjs",
      `Object.defineProperty(process, "pid", { value: 1 });
const { on } = process;
process.on = function (name, ...rest) {
  const result = on.call(this, name, ...rest);
  if (name === "SIGHUP") process.stdout.write("listening\\n");
  return result;
};\n`,
    );
    const command = workspace.start(["up", file], ["--import", "./first.mjs"]);
    await command.line(/^listening/);
    const { code, signal, stderr } = await terminate(command);
    expect({ code, signal, stderr }).toEqual({ code: 130, signal: null, stderr: "" });
  });
});
