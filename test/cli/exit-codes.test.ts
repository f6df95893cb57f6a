/** How a run ends the process: every exit code, and which one is left when several apply. */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { EXIT, gravest } from "../../src/errors.ts";
import { Workspace, type Ending } from "../support/cli.ts";
import { freeTcpPort, freeUdpPort } from "../support/free-ports.ts";
import { scenarioText } from "../support/scenario-text.ts";

const workspace = new Workspace();
afterAll(() => workspace.close());

const MAX = ["--speed", "max", "--duration", "10m"];
/** Without a wire: ports that everybody has by default may be taken by another test. */
const QUIET = scenarioText({ top: "endpoints: { opcua: false, mqttsn: false }\n" });
const PASSES = `${QUIET}checks: [{ name: parts, count: 'event.kind == "production"', atLeast: 1 }]\n`;
const FAILS = `${QUIET}checks: [{ name: nothing, always: "false" }]\n`;

const run = (...args: string[]): Promise<Ending> => workspace.run("run", ...args);

/** A plant on the wire that is judged by a check that fails. */
async function onTheWire(gateway: string): Promise<string> {
  const top = `endpoints: { opcua: false }\ngateway: { port: ${await freeUdpPort()}, ${gateway} }\n`;
  return `${scenarioText({ top })}checks: [{ name: nothing, always: "false" }]\n`;
}

/** A gateway whose broker nobody has started. */
const unreachable = async (): Promise<string> =>
  onTheWire(`broker: "mqtt://127.0.0.1:${await freeTcpPort()}"`);

test("0: what was judged has held", async () => {
  expect((await run(workspace.write("passes.yaml", PASSES), ...MAX)).code).toBe(EXIT.pass);
});

test("1: a check was judged and failed, and the command that repeats it is told", async () => {
  const { code, stdout } = await run(workspace.write("fails.yaml", FAILS), ...MAX);
  expect(stdout).toMatch(/^ {2}again {5}taktwerk run fails\.yaml --seed 1 --speed max --duration 600s$/m);
  expect(code).toBe(EXIT.failed);
});

test("2: a file cannot be used", async () => {
  const broken = workspace.write("broken.yaml", PASSES.replace("name: plant", "nmae: plant"));
  expect((await run(broken, ...MAX)).code).toBe(EXIT.usage);
});

test("3: a system that it needs does not answer", async () => {
  const { code, stderr } = await run(workspace.write("deaf.yaml", await unreachable()), "--duration", "5s");
  expect(stderr).toContain("error[broker-unreachable]");
  expect(stderr).toContain("again     taktwerk run deaf.yaml");
  expect(code).toBe(EXIT.notJudged);
});

test("3: a system under test is not ready, with what of what is missing and its last twenty lines", async () => {
  const endpoints = `endpoints: { opcua: { port: ${await freeTcpPort()}, security: [none] }, mqttsn: false }\n`;
  const start = "seq -f 'line %g' 30; exec sleep 60";
  const sut = `sut: { name: acme, start: "${start}", ready: { sessions: 1, items: 20, within: 1s } }\n`;
  const top = `discovery: false\n${endpoints}${sut}thresholds: [wire.opcua.sessions count > 0]\n`;
  const { code, stderr } = await run(
    workspace.write("unready.yaml", scenarioText({ top })),
    "--duration",
    "5s",
  );
  expect(stderr).toMatch(/acme is not ready after 1 s; missing: cnc-01: 0 of 1 session and 0 of 20 items\n/);
  const log = [...stderr.matchAll(/^ {2}\| line (\d+)$/gm)].map(([, number]) => Number(number));
  expect(log).toEqual(Array.from({ length: 20 }, (_, i) => 11 + i));
  expect(code).toBe(EXIT.notJudged);
});

test("4: the machine was too slow for what it had on the wire, whatever the checks say", async () => {
  // Wall time leaps as when a laptop has slept: by far more than a plant on the wire may be late.
  workspace.write(
    "leap.mjs",
    `const now = performance.now.bind(performance);
let [calls, skew] = [Infinity, 0];
performance.now = () => {
  if (--calls === 0) skew = 5000;
  return now() + skew;
};
const { write } = process.stdout;
process.stdout.write = function (text, ...rest) {
  if (String(text).includes("devices publish")) calls = 50;
  return write.call(this, text, ...rest);
};\n`,
  );
  const file = workspace.write("slow.yaml", await onTheWire(`broker-port: ${await freeTcpPort()}`));
  const args = ["run", file, "--duration", "8s"];
  const { code, stdout } = await workspace.start(args, ["--import", "./leap.mjs"]).ended;
  expect(stdout).toMatch(/^ {2}pace {6}[45]\.\d s behind wall time at worst: inconclusive/m);
  expect(stdout).toContain("failed    nothing");
  expect(code).toBe(EXIT.saturated);
});

test("5: a process that held a part of the plant was killed", async () => {
  const top = "endpoints: { opcua: false, mqttsn: false }\n";
  const file = workspace.write("lost.yaml", `${scenarioText({ top }).replace("cnc-{n:02}", "a")}`);
  const two = readFileSync(`${workspace.folder}/${file}`, "utf8").replace(
    /^( +- .*)"a"(.*)$/m,
    '$1"a"$2\n$1"b"$2',
  );
  workspace.write(file, two);
  const plant = workspace.start(["up", file, "--hosts", "2"]);
  await plant.line(/Ctrl-C ends/);
  const [child] = readFileSync(`/proc/${plant.pid}/task/${plant.pid}/children`, "utf8").split(" ");
  process.kill(Number(child), "SIGKILL");
  const { code, stderr } = await plant.ended;
  expect(stderr).toContain("error[host-lost]");
  expect(code).toBe(EXIT.internal);
});

test("130: somebody interrupted it, whatever else there is", async () => {
  const file = workspace.write("long.yaml", await onTheWire(`broker-port: ${await freeTcpPort()}`));
  const plant = workspace.start(["run", file, "--duration", "1h"]);
  await plant.line(/devices publish/);
  plant.signal("SIGINT");
  const { code, stdout } = await plant.ended;
  expect(stdout).toContain("plant interrupted after");
  expect(code).toBe(EXIT.interrupted);
});

describe("of several", () => {
  test("the order is 5, 2, 3, 4, 1, 0", () => {
    const order = [5, 2, 3, 4, 1, 0];
    for (const [i, code] of order.entries()) {
      for (const milder of order.slice(i)) expect(gravest([milder, code])).toBe(code);
    }
  });

  test("not judged comes before failed, and the runs behind it still run", async () => {
    workspace.write("deaf.yaml", await unreachable());
    const files = ["fails.yaml", "deaf.yaml", "passes.yaml"].map((name) =>
      name === "deaf.yaml" ? name : workspace.write(name, name === "fails.yaml" ? FAILS : PASSES),
    );
    const { code, stdout } = await run(...files, "--duration", "10m", "--speed", "10000", "--set", "seed=1");
    expect(stdout).toContain("3 runs: 1 passed, 2 failed");
    expect(code).toBe(EXIT.notJudged);
  });

  test("a file that cannot be used ends all before anything runs", async () => {
    workspace.write("fails.yaml", FAILS);
    const { code, stdout } = await run("fails.yaml", workspace.write("none.yaml", "taktwerk: 1\n"), ...MAX);
    expect({ code, stdout }).toEqual({ code: EXIT.usage, stdout: "" });
  });
});
