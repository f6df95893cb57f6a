/** `run` over several scenarios and seeds, and what a command line changes in them. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { RunResult } from "../../src/runtime/result.ts";
import { Workspace } from "../support/cli.ts";
import { scenarioText } from "../support/scenario-text.ts";

const workspace = new Workspace();
afterAll(() => workspace.close());

const CHECKED = `${scenarioText()}
checks:
  - { name: parts come, count: 'event.kind == "production"', atLeast: 1 }
  - { name: never warm, after: 2m, never: 'unit.signals["spindle-temperature"] > 20.0' }
`;
const plant = workspace.write("plant.yaml", CHECKED);
const QUICK = ["--speed", "max", "--duration", "10m"];

const json = <T>(name: string): T => JSON.parse(readFileSync(path.join(workspace.folder, name), "utf8")) as T;

describe("--seeds", () => {
  test("runs each of them, sums up, and says how to repeat what has failed", async () => {
    const args = ["run", plant, ...QUICK, "--seeds", "1..2,9", "--json", "out.json"];
    const { code, stdout } = await workspace.run(...args);
    expect(code).toBe(1);
    expect(stdout).toContain("failed 2/3  plant (plant.yaml), seed 2\nplant ended after 600 s");
    expect(stdout).toMatch(
      /^ {2}failed {4}never warm +failed in 1 of 1 window: cnc-01 at 120\.000 s: it was so/m,
    );
    expect(stdout).toContain("3 runs: 0 passed, 3 failed\n  plant (plant.yaml): 0 of 3 passed\n");
    expect(stdout).toContain(`  code 1    taktwerk run ${plant} --seed 9 --speed max --duration 600s\n`);
    const { runs } = json<{ runs: RunResult[] }>("out.json");
    expect(runs.map(({ seed }) => seed)).toEqual([1, 2, 9]);
    expect(new Set(runs.map(({ digest }) => digest)).size).toBe(3);
  });

  test("what has passed is a line each, with the digest of a run alone", async () => {
    const { code, stdout } = await workspace.run(
      "run",
      plant,
      ...QUICK,
      "--seeds",
      "1..2",
      "--only",
      "parts",
    );
    expect(code).toBe(0);
    const passed = stdout.split("\n").filter((line) => line.startsWith("passed "));
    expect(passed).toEqual([
      expect.stringMatching(/^passed 1\/2 {2}plant \(plant\.yaml\), seed 1 {2}600 s in /),
      expect.stringMatching(/^passed 2\/2 {2}plant \(plant\.yaml\), seed 2 {2}600 s in /),
    ]);
    const alone = await workspace.run("run", plant, ...QUICK, "--seed", "2", "--only", "parts");
    const [, digest] = /digest +([0-9a-f]{16})/.exec(alone.stdout)!;
    expect(passed[1]).toMatch(new RegExp(`seed 2 .* 1 checks and thresholds  digest ${digest}`));
    expect(stdout).toContain("2 runs: 2 passed, 0 failed");
  });

  test.each([
    [["--seeds", "3..1"], '--seeds cannot be "3..1"'],
    [["--seeds", "1..20000"], '--seeds cannot be "1..20000"'],
    [["--seeds", "1,1"], '--seeds cannot be "1,1"'],
    [["--seeds", "1..3", "--seed", "2"], '--seeds cannot be "1..3" beside --seed'],
    [["--seeds", "1,2", "--record", "x"], "--record keeps one run"],
  ])("%s is refused", async (options, said) => {
    const { code, stderr } = await workspace.run("run", plant, ...QUICK, ...options);
    expect(stderr).toContain(said);
    expect(code).toBe(2);
  });
});

test("--fail-fast runs no more after the first that fails, and counts what it left", async () => {
  const { code, stdout } = await workspace.run("run", plant, ...QUICK, "--seeds", "1..5", "--fail-fast");
  expect(stdout).toContain("5 runs: 0 passed, 1 failed, 4 not run");
  expect(code).toBe(1);
});

describe("--only", () => {
  test("judges what is meant, and the command that repeats it says so", async () => {
    const { code, stdout } = await workspace.run("run", plant, ...QUICK, "--only", "PARTS");
    expect(code).toBe(0);
    expect(stdout).toContain("  passed    parts come");
    expect(stdout).not.toContain("never warm");
    expect(stdout).toMatch(/again .* --only PARTS$/m);
  });

  test("names what there is when it means nothing", async () => {
    const { code, stderr } = await workspace.run("run", plant, ...QUICK, "--only", "foo");
    expect(stderr).toContain('--only cannot be "foo"');
    expect(stderr).toContain("\n  parts come\n  never warm");
    expect(code).toBe(2);
  });
});

describe("--set", () => {
  test("changes a place by name and by number, and the command that repeats it says so", async () => {
    const set = ["--set", "fleet.0.units.0.name=other", "--set", "checks.never warm.never='false'"];
    const { code, stdout } = await workspace.run("run", plant, ...QUICK, ...set, "--json", "set.json");
    expect(code).toBe(0);
    const { digests, set: kept } = json<RunResult>("set.json");
    expect(Object.keys(digests)).toContain("other");
    expect(kept).toEqual(["fleet.0.units.0.name=other", "checks.never warm.never='false'"]);
    const [, again] = /again +taktwerk (.*)$/m.exec(stdout)!;
    expect(again).toContain(
      `--set fleet.0.units.0.name=other --set 'checks.never warm.never='\\''false'\\'''`,
    );
  });

  test("adds what is not there", async () => {
    const { code } = await workspace.run(
      "run",
      plant,
      ...QUICK,
      "--set",
      "thresholds=[twin.alarms count == -1]",
    );
    expect(code).toBe(1);
  });

  test("what is wrong with it is told with it", async () => {
    const wrong = async (setting: string): Promise<string> =>
      (await workspace.run("run", plant, ...QUICK, "--set", setting)).stderr;
    expect(await wrong("seed")).toContain('--set cannot be "seed": it names no place and value');
    expect(await wrong("checks.part come.never=1")).toContain('Did you mean "parts come"?');
    expect(await wrong("checks.7.never=1")).toContain('the list has no entry "7"');
    expect(await wrong("seed.a=1")).toMatch(/^--set seed.a=1: error\[invalid-value\]/);
    expect(await wrong("duration=abc")).toMatch(/^--set duration=abc: error\[invalid-value\]/);
    expect(await wrong("duratoin=5m")).toMatch(/^--set duratoin=5m: error\[invalid-value\]: unknown field/);
    expect(await wrong("seed=[1")).toContain("is no YAML");
  });

  test("a recorded session keeps it for its replay", async () => {
    const { code } = await workspace.run("run", plant, ...QUICK, "--set", "seed=5", "--record", "s.jsonl");
    expect(code).toBe(1);
    const { stdout } = await workspace.run("replay", "s.jsonl");
    expect(stdout).toContain("the digest is that of the record");
  });
});

describe("--evidence", () => {
  test("keeps what a run that failed has left, and nothing of one that passed", async () => {
    const args = ["run", plant, ...QUICK, "--seeds", "1,2", "--evidence", "kept", "--html", "r.html"];
    const { stdout } = await workspace.run(...args);
    expect(stdout).toContain("  evidence  taktwerk show kept/plant-seed-2\n");
    const page = readFileSync(path.join(workspace.folder, "r.html"), "utf8");
    expect(page).toContain('<a href="kept/plant-seed-2/summary.txt">kept/plant-seed-2</a>');
    const shown = await workspace.run("show", "kept/plant-seed-2");
    expect(shown.stdout).toContain("failed    never warm");
    const events = readFileSync(path.join(workspace.folder, "kept/plant-seed-2/events.ndjson"), "utf8");
    expect(JSON.parse(events.split("\n")[0]!)).toMatchObject({ check: "never warm", unit: "cnc-01" });
    const scenario = readFileSync(path.join(workspace.folder, "kept/plant-seed-2/scenario.yaml"), "utf8");
    expect(scenario).toBe(CHECKED);
    await workspace.run("run", plant, ...QUICK, "--only", "parts", "--evidence", "none");
    const none = await workspace.run("show", "none/plant-seed-1");
    expect(none.stderr).toContain("error[file-missing]: there is no evidence of a run in this folder");
    expect(none.code).toBe(2);
  });
});
