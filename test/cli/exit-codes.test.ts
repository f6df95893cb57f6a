/** How a run ends the process: every exit code, and which one is left when several apply. */
import { readFileSync, statSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { EXIT, gravest } from "../../src/errors.ts";
import { Workspace, type Ending } from "../support/cli.ts";
import { freeTcpPort } from "../support/free-ports.ts";
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
function onTheWire(gateway = ""): string {
  const top = `endpoints: { opcua: false }\nports: auto\n${gateway}`;
  return `${scenarioText({ top })}checks: [{ name: nothing, always: "false" }]\n`;
}

/** A gateway whose broker nobody has started. */
const unreachable = async (): Promise<string> =>
  onTheWire(`gateway: { broker: "mqtt://127.0.0.1:${await freeTcpPort()}" }\n`);

test("0: what was judged has held", async () => {
  expect((await run(workspace.write("passes.yaml", PASSES), ...MAX)).code).toBe(EXIT.pass);
});

test("1: a check was judged and failed, and the command that repeats it is told", async () => {
  const { code, stdout } = await run(workspace.write("fails.yaml", FAILS), ...MAX);
  expect(stdout).toMatch(/^ {2}again {5}taktwerk run fails\.yaml --seed 1 --speed max --duration 600s$/m);
  expect(code).toBe(EXIT.failed);
});

test("1: the system under test has ended by itself, in every report", async () => {
  const sut =
    "sut: { name: acme, start: 'sleep 1; kill -9 $$' }\nthresholds: [wire.mqttsn.acknowledged count > 0]\n";
  const text = onTheWire(sut).replace(/^checks.*$/m, "");
  const { code, stdout } = await run(
    workspace.write("killed.yaml", text),
    ...["--duration", "10m", "--junit", "killed.xml", "--html", "killed.html", "--evidence", "killed"],
  );
  expect(stdout).toMatch(
    /^ {2}failed {4}sut stayed alive +failed in 1 of 1 window: acme at \S+ s: ended with SIGKILL$/m,
  );
  expect(stdout).toContain("aborted   by sut stayed alive");
  expect(code).toBe(EXIT.failed);
  const read = (file: string): string => readFileSync(`${workspace.folder}/${file}`, "utf8");
  expect(read("killed.xml")).toMatch(
    /name="sut stayed alive"[^>]*>\s*<failure message="[^"]*acme at [^"]*SIGKILL/,
  );
  expect(read("killed.html")).toMatch(/sut stayed alive[\s\S]*SIGKILL/);
  expect(statSync(`${workspace.folder}/killed/plant-seed-1/datagrams.pcapng`).size).toBeGreaterThan(1000);
});

/** A plant whose messages arrive, with a command at its end. */
const verified = (command: string): string =>
  onTheWire(`sut: { name: acme }
north: { mqtt: { broker: embedded } }
duration: 3s
thresholds: [north.lost count == 0]
actions: [{ id: verify, at: 1s, run: "${command}", judge: true }]
`).replace(/^checks.*$/m, "");

test.each([
  ["exit 0", EXIT.pass, /^ {2}passed {4}action verify/m],
  [
    "exit 1",
    EXIT.failed,
    /^ {2}failed {4}action verify +failed in 1 of 1 window: verify at 1\.000 s: it ended with code 1$/m,
  ],
  ["exit 2", EXIT.notJudged, /not judged: the command of the action verify failed: it ended with code 2/],
])("%s of a command that is a check ends the run with code %d", async (command, expected, says) => {
  const file = workspace.write("verified.yaml", verified(command));
  for (const hosts of command === "exit 1" ? ["1", "2"] : ["1"]) {
    const { code, stdout } = await run(file, "--hosts", hosts, "--set", "fleet.0.units.0.count=2");
    expect(stdout).toMatch(says);
    expect(code).toBe(expected);
  }
});

describe("nothing is judged", () => {
  test("0: in a run that has nothing to judge, which says so", async () => {
    const { code, stdout } = await run(workspace.write("quiet.yaml", QUIET), ...MAX);
    expect(stdout).toMatch(/^ {2}verdict {3}nothing was judged: there are no checks and no thresholds$/m);
    expect(code).toBe(EXIT.pass);
    expect((await run(workspace.write("passes.yaml", PASSES), ...MAX)).stdout).not.toContain("nothing was");
  });

  test("3: of a system under test no data is", async () => {
    const tested = (threshold: string): string =>
      onTheWire(`sut: { name: acme }\nduration: 1s\nthresholds: [${threshold}]\n`).replace(/^checks.*$/m, "");
    const mere = await run(workspace.write("mere.yaml", tested("wire.mqttsn.published count > 0")));
    expect(mere.stdout).toContain("not judged: no threshold was judged that is about data");
    expect(mere.code).toBe(EXIT.notJudged);
    const data = await run(workspace.write("data.yaml", tested("wire.mqttsn.acknowledged count > 0")));
    expect(data.code).toBe(EXIT.pass);
  });

  test("3: all thresholds are open; one that is not makes the rest no matter", async () => {
    const open = `${QUIET}thresholds: [wire.mqttsn.failed count == 0, twin.alarms count == 0]\n`;
    const file = workspace.write(
      "open.yaml",
      open.replace("endpoints: { opcua: false, mqttsn: false }\n", ""),
    );
    expect((await run(file, ...MAX, "--no-endpoints")).code).toBe(EXIT.pass);
    const only = await run(file, ...MAX, "--no-endpoints", "--only", "wire");
    expect(only.stdout).toContain("not judged: no threshold could be judged, they are all open");
    expect(only.code).toBe(EXIT.notJudged);
    // What a shard leaves open is judged when all are merged.
    expect((await run(file, ...MAX, "--no-endpoints", "--only", "twin", "--shard", "1/1")).code).toBe(
      EXIT.pass,
    );
  });

  test.each([
    [["run", "--plain", "-"], /no scenario is named\n {2}Name one; standard input is - before all options/],
    [["run", "--", "-x"], /is not complete/],
    [["run", "-"], /nothing came in on standard input/],
    [["validate", "-"], /nothing came in on standard input/],
    [["merge", "-"], /nothing came in on standard input/],
    [["run"], /is not complete/],
  ])("2: %j names nothing", async (args, says) => {
    for (const input of [undefined, ""]) {
      const { code, stderr } = await workspace.start(args, [], input).ended;
      expect(stderr).toMatch(says);
      expect(code).toBe(EXIT.usage);
    }
  });
});

test("a dash is standard input, for each seed again", async () => {
  const started = workspace.start(["run", "-", ...MAX, "--seeds", "1..3", "--json", "all.json"], [], PASSES);
  const ran = await started.ended;
  expect(ran.stdout).toMatch(/3 runs: 3 passed/);
  expect(ran.code).toBe(EXIT.pass);
  const valid = await workspace.start(["validate", "-"], [], PASSES).ended;
  expect(valid.stdout).toMatch(/valid, 1 units/);
  const { code, stdout: one } = await workspace.start(["run", "-", ...MAX, "--json", "one.json"], [], PASSES)
    .ended;
  expect([code, one]).toEqual([EXIT.pass, expect.stringContaining("passed    parts")]);
  const shard = readFileSync(`${workspace.folder}/one.json`, "utf8");
  expect((await workspace.start(["merge", "-"], [], shard).ended).code).toBe(EXIT.pass);
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
  const file = workspace.write("slow.yaml", onTheWire());
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
  const file = workspace.write("long.yaml", onTheWire());
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
