/** The built command line as people and CI see it: words, exit codes, and nothing left behind. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Workspace, type Ending } from "../support/cli.ts";
import { scenarioText, UNIT } from "../support/scenario-text.ts";

const DEMO = path.resolve("scenarios/demo.yaml");
const QUIET = ["--no-endpoints", "--speed", "max"];

const workspace = new Workspace();
afterAll(() => workspace.close());

const taktwerk = (...args: string[]): Promise<Ending> => workspace.run(...args);

/** Holds a command's end against usage: exit code 2, nothing on standard output, these words and no stack. */
function expectUsage({ code, stdout, stderr }: Ending, ...lines: string[]): void {
  expect(stderr.trimEnd().split("\n")).toEqual(lines);
  expect(stdout).toBe("");
  expect(code).toBe(2);
}

const digestOf = ({ stdout }: Ending): string => /digest +([0-9a-f]{16}) /.exec(stdout)![1]!;

describe("help", () => {
  test.each(["--help", "-h"])("%s names the commands", async (option) => {
    const { code, stdout, stderr } = await taktwerk(option);
    for (const command of ["up", "run", "validate", "list", "doctor", "schema"]) {
      expect(stdout).toMatch(new RegExp(`^  taktwerk ${command}\\b`, "m"));
    }
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("of a command names its options", async () => {
    const { code, stdout } = await taktwerk("run", "--help");
    for (const option of ["seed", "speed", "duration", "endpoints"]) expect(stdout).toContain(`--${option} `);
    expect(code).toBe(0);
  });

  test("--version is the package's", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(await taktwerk("--version")).toMatchObject({ code: 0, stdout: `${version}\n` });
  });
});

describe("a command line that cannot be understood", () => {
  const RUN_HELP = ["  Write: taktwerk run <scenario..>", "  More: taktwerk run --help"];
  test.each<[string[], string[]]>([
    [["foo"], ['error[invalid-option]: there is no command "foo"', "  Try: taktwerk --help"]],
    [
      ["vaildate", "a.yaml"],
      [
        'error[invalid-option]: there is no command "vaildate"',
        '  Did you mean "validate"? Try: taktwerk --help',
      ],
    ],
    [
      ["plant.yaml"],
      [
        'error[invalid-option]: there is no command "plant.yaml"',
        "  To start that scenario: taktwerk up plant.yaml",
      ],
    ],
    [["run"], ['error[invalid-option]: the command "run" is not complete', ...RUN_HELP]],
    [
      ["run", "a.yaml", "--spede", "3"],
      [
        "error[invalid-option]: there is no option --spede",
        `  Did you mean --speed? ${RUN_HELP[0]!.trim()}`,
        RUN_HELP[1]!,
      ],
    ],
    [
      ["run", "a.yaml", "-x"],
      ["error[invalid-option]: there is no option -x", ...RUN_HELP],
    ],
    [
      ["run", "a.yaml", "--seed"],
      ["error[invalid-option]: --seed needs a value", ...RUN_HELP],
    ],
    [
      ["run", "a.yaml", "--seed", "--speed", "max"],
      ["error[invalid-option]: --seed needs a value", ...RUN_HELP],
    ],
    [
      ["run", "a.yaml", "--seed", "1", "--seed", "2"],
      [
        "error[invalid-option]: --seed is given more than once",
        "  Leave it away, or give it once with a value.",
      ],
    ],
    [
      ["run", "a.yaml", "--no-seed"],
      ["error[invalid-option]: there is no --no-seed", "  Leave it away, or give it once with a value."],
    ],
    [
      ["run", "a.yaml", "--seed", ""],
      ['error[invalid-option]: --seed cannot be ""', "  Write a whole number, or any text."],
    ],
    [
      ["run", "a.yaml", "--speed", "fast"],
      ['error[invalid-option]: --speed cannot be "fast"', "  Write a number above 0, or max."],
    ],
    [
      ["run", "a.yaml", "--speed", "0"],
      ['error[invalid-option]: --speed cannot be "0"', "  Write a number above 0, or max."],
    ],
    [
      ["run", "a.yaml", "--duration", "-5s"],
      [
        'error[invalid-option]: --duration cannot be "-5s": a duration is not negative',
        "  Write a number and a unit, such as 90s, 10m, 1h30m, 250ms.",
      ],
    ],
    [
      ["up", "a.yaml", "b.yaml"],
      [
        'error[invalid-option]: nothing is known of "b.yaml"',
        "  Write: taktwerk up <scenario>",
        "  More: taktwerk up --help",
      ],
    ],
    [
      ["list", "things"],
      [
        'error[invalid-option]: list knows no "things"',
        '  One of: "models", "faults", "scenarios", "checks".',
      ],
    ],
    [
      ["schema", "plant"],
      ['error[invalid-option]: schema knows no "plant"', '  One of: "scenario", "result".'],
    ],
  ])("%j", async (args, lines) => expectUsage(await taktwerk(...args), ...lines));
});

describe("files", () => {
  const MISSING = [
    "nope.yaml: error[file-missing]: this file does not exist",
    "  Name a file that can be read.",
  ];

  test("that are not there, folders, and no text are told apart, all at once", async () => {
    mkdirSync(path.join(workspace.folder, "folder.yaml"));
    workspace.write("latin.yaml", Buffer.from("taktwerk: 1\nname: caf\xe9\n", "latin1"));
    workspace.write("utf16.yaml", Buffer.from("\ufefftaktwerk: 1\n", "utf16le"));
    workspace.write("huge.yaml", `# ${"x".repeat(5 * 2 ** 20)}\n`);
    const files = ["nope.yaml", "folder.yaml", "latin.yaml", "utf16.yaml", "huge.yaml"];
    expectUsage(
      await taktwerk("run", ...files, "--duration", "1s"),
      ...MISSING,
      "folder.yaml: error[file-missing]: this file is a folder",
      "  Name a file that can be read.",
      "latin.yaml:2:10: error[file-unusable]: this file is no UTF-8 text: there is a byte 0xe9",
      "  Save it as UTF-8.",
      "utf16.yaml: error[file-unusable]: this file is UTF-16 text",
      "  Save it as UTF-8.",
      "huge.yaml: error[file-unusable]: this file is larger than 4 MiB",
      "  Write units of one kind as one entry with count.",
    );
  });

  test("for up as well", async () => expectUsage(await taktwerk("up", "nope.yaml"), ...MISSING));

  test("that have no end, such as a device", async () => {
    const { code, stderr } = await taktwerk("validate", "/dev/zero");
    expect(stderr).toMatch(/^\/dev\/zero: error\[file-unusable\]: this file is larger than 4 MiB\n/);
    expect(code).toBe(2);
  });

  test("with many mistakes show the first twenty", async () => {
    const units = Array.from({ length: 50 }, (_, i) =>
      UNIT.replace("15kw", "20kw").replace("cnc-", `c${i}-`),
    );
    workspace.write("many.yaml", scenarioText({ units: units.join("\n") }));
    const { code, stderr } = await taktwerk("validate", "many.yaml");
    expect(stderr.match(/^many\.yaml:\d+:18: error\[unknown-model\]/gm)).toHaveLength(20);
    expect(stderr.trimEnd().split("\n").at(-1)).toBe("and 30 more");
    expect(code).toBe(2);
  });
});

describe("validate", () => {
  test("names good files with what they come to, and starts nothing", async () => {
    workspace.write("empty/short.yaml", scenarioText({ top: "duration: 90m\n" }));
    const { code, stdout, stderr } = await taktwerk("validate", "empty/short.yaml", DEMO);
    expect(stdout.split("\n")).toEqual([
      "empty/short.yaml: valid, 1 units, runs for 1h 30m",
      `${DEMO}: valid, 5 units, runs until it is stopped`,
      "",
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(existsSync(path.join(workspace.folder, ".taktwerk"))).toBe(false);
  });

  test("goes on after a bad file", async () => {
    workspace.write("bad.yaml", scenarioText({ top: "sede: 1\nspeed: 0\n" }));
    workspace.write("good.yaml", scenarioText());
    const { code, stdout, stderr } = await taktwerk("validate", "bad.yaml", "good.yaml", "nope.yaml");
    expect(stdout).toMatch(/^good\.yaml: valid/);
    expect(stderr.match(/^\S+ error/gm)).toEqual([
      "bad.yaml:3:1: error",
      "bad.yaml:4:8: error",
      "nope.yaml: error",
    ]);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(code).toBe(2);
  });
});

test("the scenarios that ship are listed with what they show, and the words of checks with the metrics", async () => {
  const scenarios = await taktwerk("list", "scenarios");
  const lines = scenarios.stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(readdirSync("scenarios").length);
  for (const line of lines) expect(line).toMatch(/scenarios\/[\w-]+\.yaml +[A-Z].*[.:]$/);
  const checks = await taktwerk("list", "checks");
  for (const word of ["eventually", "holds", "twin.parts_produced", "wire.mqttsn.lost", "north.lost"])
    expect(checks.stdout).toMatch(new RegExp(`^${word} `, "m"));
  expect([scenarios.code, checks.code]).toEqual([0, 0]);
});

test("list models shows the library", async () => {
  const { code, stdout } = await taktwerk("list", "models");
  expect(code).toBe(0);
  for (const folder of readdirSync("models")) {
    for (const file of readdirSync(`models/${folder}`)) {
      expect(stdout).toMatch(new RegExp(`^${folder}/${file.replace(/\.yaml$/, "")} `, "m"));
    }
  }
});

test("list faults shows each with what it raises and what can be said of it", async () => {
  const { code, stdout } = await taktwerk("list", "faults");
  expect(code).toBe(0);
  const families = {
    "src/equipment/cnc/faults": "equipment +cnc",
    "src/equipment/sensor-faults": "sensor +any",
  };
  for (const [folder, family] of Object.entries(families)) {
    for (const file of readdirSync(folder).filter((name) => name !== "catalogue.ts")) {
      expect(stdout).toMatch(new RegExp(`^${file.replace(/\.ts$/, "")} +${family} +[A-Z].*\\.$`, "m"));
    }
  }
  expect(stdout).toContain("signal: id of the number whose sensor it is of (required)");
  expect(stdout).toContain("(default 5 % of its range)\n");
  for (const family of ["opcua", "mqttsn", "tcp"]) {
    const kinds = readdirSync(`src/fault/${family}`).filter((name) => !/-(endpoint|link)\.ts$/.test(name));
    for (const file of kinds)
      expect(stdout).toMatch(new RegExp(`^${file.replace(/\.ts$/, "")} +${family} +any +[A-Z].*\\.$`, "m"));
  }
  expect(stdout).toContain("severity: how bad it is in full: above 0, to 1 (default 1)");
  expect(stdout).toContain("axis: the axis that is hit; x, y, z (default x)");
});

test("doctor says what it looked at, and ends as it found things", async () => {
  const { code, stdout, stderr } = await taktwerk("doctor");
  for (const subject of ["Node.js", "open files", "working folder", "model library", "port"]) {
    expect(stdout).toMatch(new RegExp(`^(ok  |BAD ) ${subject}`, "m"));
  }
  expect(code).toBe(/^BAD/m.test(stdout) ? 2 : 0);
  expect(stderr).toBe("");
});

describe("run", () => {
  test("needs an end, and says where to write one", async () => {
    workspace.write("endless.yaml", scenarioText());
    expectUsage(
      await taktwerk("run", "endless.yaml", ...QUIET),
      "endless.yaml: error[invalid-option]: this scenario has no duration, and a run must end",
      "  Add duration: to the file or --duration to the command. Write a number and a unit, such as 90s, 10m, 1h30m, 250ms.",
    );
  });

  test("a shift of the demo comes to one digest, however often, and another with another seed", async () => {
    const shift = ["run", DEMO, ...QUIET, "--duration", "8h"];
    const [first, second] = await Promise.all([taktwerk(...shift), taktwerk(...shift)]);
    expect([first!.code, second!.code]).toEqual([0, 0]);
    expect(digestOf(first!)).toBe(digestOf(second!));
    expect(first!.stdout).toContain("after 28800 s of plant time");
    const other = await taktwerk("run", DEMO, ...QUIET, "--duration", "1m", "--seed", "it's me");
    expect(digestOf(other)).not.toBe(digestOf(first!));
  });

  test("at 60 times real time comes to the digest that it has at full speed", async () => {
    const minute = ["run", DEMO, "--no-endpoints", "--duration", "60s"];
    const [paced, fastest] = await Promise.all([
      taktwerk(...minute, "--speed", "60"),
      taktwerk(...minute, "--speed", "max"),
    ]);
    expect(paced!.code).toBe(0);
    expect(digestOf(paced!)).toBe(digestOf(fastest!));
  });

  test("that fails a check or a threshold ends with code 1, says who, when and why, and shards are judged together", async () => {
    const judged = (check: string, threshold: string): string =>
      scenarioText({
        top: `duration: 5m\nspeed: max\nchecks:\n  - { name: c, ${check} }\nthresholds: ["${threshold}"]\n`,
        units: UNIT.replace("name:", "count: 2, name:"),
      });
    const [YES, MANY] = ["always: 'true'", "twin.parts_produced count > 100"];
    workspace.write("good.yaml", judged(YES, "twin.parts_produced count > 0"));
    workspace.write(
      "check.yaml",
      judged('never: \'unit.states["machine-state"] == "Cutting"\'', "twin.alarms count >= 0"),
    );
    workspace.write("threshold.yaml", judged(YES, MANY));
    expect((await taktwerk("run", "good.yaml")).code).toBe(0);
    const { code, stdout } = await taktwerk("run", "check.yaml", "--seed", "7", "--json", "check.json");
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^ {2}failed +c +failed in 2 of 2 windows: cnc-0\d at [\d.]+ s: it was so at [\d.]+ s$/m,
    );
    expect(stdout).toMatch(
      /^ +cnc-0\d at [\d.]+ s: it was so at [\d.]+ s\n +saw unit\.states\["machine-state"\] = "Cutting"\n +[\d.]+ s {2}/m,
    );
    expect(stdout).toMatch(/^ {2}again {5}taktwerk run check\.yaml --seed 7 --speed max --duration 300s$/m);
    const written = JSON.parse(readFileSync(path.join(workspace.folder, "check.json"), "utf8")) as object;
    expect(written).toMatchObject({
      checks: [{ name: "c", verdict: "failed" }],
      thresholds: [{ verdict: "passed" }],
    });
    expect((await taktwerk("run", "threshold.yaml")).code).toBe(1);
    expect((await taktwerk("run", "good.yaml", "threshold.yaml")).code).toBe(1);
    for (const part of ["1", "2"]) {
      const shard = await taktwerk("run", "threshold.yaml", "--shard", `${part}/2`, "--json", `${part}.json`);
      expect([shard.code, /^ {2}open .*$/m.exec(shard.stdout)?.[0]]).toEqual([
        0,
        expect.stringContaining(MANY),
      ]);
    }
    const merged = await taktwerk("merge", "1.json", "2.json");
    expect(merged.stdout).toMatch(/^ {2}failed +twin\.parts_produced count > 100 +it is \d+$/m);
    expect(merged.code).toBe(1);
  });

  test("prints the command that repeats it, fit for a shell", async () => {
    workspace.write("two words.yaml", scenarioText({ top: "duration: 1m\nspeed: max\nseed: it's me\n" }));
    const { stdout } = await taktwerk("run", "two words.yaml");
    expect(stdout).toContain(
      String.raw`again     taktwerk run 'two words.yaml' --seed 'it'\''s me' --speed max --duration 60s`,
    );
  });

  test("runs several scenarios one after the other, and none when one of them is bad", async () => {
    workspace.write("one.yaml", scenarioText({ top: "duration: 1m\n" }));
    const both = await taktwerk("run", "one.yaml", DEMO, "--duration", "1m", ...QUIET);
    expect(both.stdout.match(/^passed .* in /gm)).toEqual([
      "passed 1/2  plant (one.yaml), seed 1  60.00 s in ",
      `passed 2/2  demo (${DEMO}), seed 42  60.00 s in `,
    ]);
    expect(both.code).toBe(0);
    const { code, stdout } = await taktwerk("run", "one.yaml", "nope.yaml", ...QUIET);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });
});
