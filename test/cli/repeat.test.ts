/** Hosts, shards, records and replays, as the command line has them. */
import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Workspace, type Ending } from "../support/cli.ts";
import { peer } from "../support/peers.ts";
import { scenarioText } from "../support/scenario-text.ts";
import { parseXml } from "../support/xml.ts";

const DEMO = path.resolve("scenarios/demo.yaml");
const HALF_HOUR = ["--speed", "max", "--duration", "30m"];

const workspace = new Workspace();
afterAll(() => workspace.close());

const taktwerk = (...args: string[]): Promise<Ending> => workspace.run(...args);
const digestOf = ({ stdout }: Ending): string => /digest +([0-9a-f]{16}) /.exec(stdout)![1]!;

test("a fleet has one digest on one host and on several, and says on how many it ran", async () => {
  const one = await taktwerk("run", DEMO, ...HALF_HOUR);
  const two = await taktwerk("run", DEMO, ...HALF_HOUR, "--hosts", "2");
  expect(digestOf(two)).toBe(digestOf(one));
  expect(two.stdout).toMatch(/units +5 on 2 hosts,/);
  expect((await taktwerk("run", DEMO, ...HALF_HOUR, "--hosts", "auto")).stdout).not.toMatch(/hosts/);
});

test("shards merge to the digest of the whole, and a missing one is told", async () => {
  const whole = await taktwerk("run", DEMO, ...HALF_HOUR);
  for (const part of [1, 2, 3]) {
    const { code, stdout } = await taktwerk(
      "run",
      DEMO,
      ...HALF_HOUR,
      "--shard",
      `${part}/3`,
      "--json",
      `${part}.json`,
    );
    expect(stdout).toContain(`--shard ${part}/3`);
    expect(code).toBe(0);
  }
  const merged = await taktwerk("merge", "1.json", "2.json", "3.json", "--json", "all.json");
  expect([digestOf(merged), merged.code]).toEqual([digestOf(whole), 0]);
  expect(JSON.parse(readFileSync(path.join(workspace.folder, "all.json"), "utf8"))).toMatchObject({
    units: 5,
  });
  const lacking = await taktwerk("merge", "1.json", "3.json");
  expect(lacking.stderr).toMatch(/^error\[invalid-value\]: of 5 units only 3 are there/);
  expect(lacking.code).toBe(2);
});

describe("merged shards are judged and reported as a run", () => {
  const plant = workspace.write(
    "judged.yaml",
    `${scenarioText({ top: "endpoints: { opcua: false, mqttsn: false }\n" }).replace("{ model", "{ count: 2, model")}
checks: [{ name: nothing, on: { name: cnc-02 }, always: "false" }]
thresholds: [twin.parts_produced count >= 4, twin.parts_produced count > 1000]\n`,
  );
  const short = ["--speed", "max", "--duration", "10m"];
  const shards = async (...options: string[]): Promise<string[]> => {
    const files = [1, 2].map((part) => `shard-${part}.json`);
    for (const [i, file] of files.entries())
      await taktwerk("run", plant, ...short, ...options, "--shard", `${i + 1}/2`, "--json", file);
    return files;
  };

  test("by checks and by thresholds over all of it", async () => {
    const merged = await taktwerk("merge", ...(await shards()), "--junit", "m.xml", "--html", "m.html");
    const whole = await taktwerk("run", plant, ...short, "--junit", "w.xml");
    const verdicts = (text: string): string[] =>
      text.split("\n").filter((it) => /^ {2}(passed|failed)/.test(it));
    expect(verdicts(merged.stdout)).toEqual(verdicts(whole.stdout));
    expect(verdicts(merged.stdout)).toHaveLength(3);
    const cases = (file: string): unknown =>
      parseXml(readFileSync(path.join(workspace.folder, file), "utf8")).children.map((suite) => [
        suite.attributes["name"],
        ...suite.children.map(({ attributes, children }) => [attributes["name"], children[0]?.name]),
      ]);
    expect(cases("m.xml")).toEqual(cases("w.xml"));
    const page = readFileSync(path.join(workspace.folder, "m.html"), "utf8");
    expect(page).toContain("failed in 1 of 1 window: cnc-02 at ");
    expect([merged.code, whole.code]).toEqual([1, 1]);
  });

  test("but not those of runs that were changed in other ways", async () => {
    const [first, second] = await shards();
    await taktwerk("run", plant, ...short, "--set", "duration=9m", "--shard", "2/2", "--json", "other.json");
    const { code, stderr } = await taktwerk("merge", first!, "other.json");
    expect(stderr).toMatch(/other\.json: error\[invalid-value\]: the result has set \["duration=9m"\], but/);
    expect(code).toBe(2);
    const file = path.join(workspace.folder, second!);
    writeFileSync(
      file,
      JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), notJudged: "it was away" }),
    );
    const unjudged = await taktwerk("merge", first!, second!);
    expect(unjudged.stdout).toContain("not judged: it was away");
    expect(unjudged.code).toBe(3);
  });
});

const bash = peer("bash");

describe.skipIf(!bash)("the command of a summary, pasted into bash, comes to the same run", () => {
  workspace.write(
    "bin/taktwerk",
    `#!/bin/sh\nexec "${process.execPath}" "${path.resolve("dist/cli/main.js")}" "$@"\n`,
  );
  chmodSync(path.join(workspace.folder, "bin/taktwerk"), 0o755);
  const env = { ...process.env, PATH: `${workspace.folder}/bin:${process.env["PATH"]}` };
  const pasted = (again: string): string =>
    execFileSync(bash!, ["-c", again], {
      cwd: workspace.folder,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    }).toString();
  const lines = (text: string): string[] =>
    text.split("\n").filter((it) => /^ {2}(seed|digest|again) /.test(it));

  test.each([
    ["-dash.yaml", '"007"', '  seed      "007"'],
    ["a b.yaml", '"1e3"', '  seed      "1e3"'],
    ["it's.yaml", '"-5"', '  seed      "-5"'],
    ["$HOME.yaml", "0x10", "  seed      16"],
    ['"q".yaml', '"7"', "  seed      7"],
    ["007", `"a 'b' \\"c\\" $HOME \`id\` \\\\ !x"`, `  seed      "a 'b' \\"c\\" $HOME \`id\` \\\\ !x"`],
    [
      "é.yaml",
      '"tab\\t line\\n \\e[2J \\u202e end"',
      '  seed      "tab\\t line\\n \\u001b[2J \\u{202e} end"',
    ],
    ["plain.yaml", "'\"--seed\"'", '  seed      "\\"--seed\\""'],
  ])("%s with the seed %s", async (file, seed, shown) => {
    workspace.write(
      file,
      scenarioText({ top: `seed: ${seed}\nendpoints: { opcua: false, mqttsn: false }\n` }),
    );
    const set = ["--set", "duration='1m'"];
    const { stdout } = await taktwerk("run", `./${file}`, "--speed", "max", ...set);
    expect(lines(stdout)[0]).toBe(shown);
    const [, again] = / again +(taktwerk .*)$/m.exec(stdout)!;
    expect(lines(pasted(again!))).toEqual(lines(stdout));
  });

  test("no two seeds that look alike are one run, and none that a command cannot hold is taken", async () => {
    const file = workspace.write(
      "seeds.yaml",
      scenarioText({ top: "endpoints: { opcua: false, mqttsn: false }\n" }),
    );
    const digest = async (...options: string[]): Promise<string> =>
      digestOf(await taktwerk("run", file, "--speed", "max", "--duration", "2m", ...options));
    const seven = await digest("--seed", "7");
    expect(await digest("--set", 'seed="7"')).toBe(seven);
    expect(await digest("--set", "seed=0x7")).toBe(seven);
    for (const other of ["007", "0x7", " 7", "7.0", "+7"])
      expect(await digest("--seed", other)).not.toBe(seven);
    for (const none of ['"a\\0b"', '"\\ud800"']) {
      const { code, stderr } = await taktwerk("run", file, "--duration", "1s", "--set", `seed=${none}`);
      expect(stderr).toContain("which no command line can hold");
      expect(code).toBe(2);
    }
  });
});

test("a recorded session, ended by hand on two hosts, replays to its digest", async () => {
  const session = workspace.start([
    "up",
    DEMO,
    "--no-endpoints",
    "--speed",
    "100",
    "--hosts",
    "2",
    "--record",
    "s.ndjson",
  ]);
  await session.line(/Mon 06:/);
  session.signal("SIGINT");
  const ended = await session.ended;
  expect(ended.code).toBe(130);
  const replayed = await taktwerk("replay", "s.ndjson");
  expect(replayed.stdout).toMatch(/the digest is that of the record$/m);
  expect([digestOf(replayed), replayed.code]).toEqual([digestOf(ended), 0]);
  const file = path.join(workspace.folder, "s.ndjson");
  const [head, end] = readFileSync(file, "utf8").split("\n");
  const command = { name: "set-override", arguments: { which: "feed", percent: 50 } };
  const input = { cell: "cnc-01", number: 0, time_s: 1, unit: "cnc-01", command };
  writeFileSync(file, [head, JSON.stringify(input), end].join("\n"));
  const other = await taktwerk("replay", "s.ndjson");
  expect(other).toMatchObject({ code: 1, stdout: expect.stringMatching(/another digest: [0-9a-f]{16}/) });
  // With what it was made of, and not as a run that has no commands.
  expect(other.stdout).toMatch(/again +taktwerk replay s\.ndjson$/m);
});

describe("options and files that cannot be", () => {
  workspace.write("file", "");
  const bad: [string, string[], RegExp][] = [
    ["no number of hosts", ["run", DEMO, ...HALF_HOUR, "--hosts", "many"], /--hosts cannot be "many"/],
    ["no host", ["run", DEMO, ...HALF_HOUR, "--hosts", "0"], /--hosts cannot be "0"/],
    ["a shard past the last", ["run", DEMO, ...HALF_HOUR, "--shard", "4/3"], /--shard cannot be "4\/3"/],
    ["no shard", ["run", DEMO, ...HALF_HOUR, "--shard", "half"], /--shard cannot be "half"/],
    [
      "a result in a folder that cannot be",
      ["run", DEMO, ...HALF_HOUR, "--json", "file/r.json"],
      /file\/r\.json.*cannot be written/,
    ],
    [
      "a record in no folder",
      ["run", DEMO, ...HALF_HOUR, "--record", "no/such/s"],
      /no\/such\/s.*cannot be written/,
    ],
    ["no result", ["merge", "nope.json"], /nope\.json: .*does not exist/],
    ["a result that is none", ["merge", DEMO], /demo\.yaml.*is no JSON/],
    ["no record", ["replay", "nope.ndjson"], /nope\.ndjson: .*does not exist/],
    ["a record that is none", ["replay", DEMO], /demo\.yaml:1.*no JSON/],
  ];
  test.each(bad)("%s", async (_name, args, message) => {
    const { code, stderr } = await taktwerk(...args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(code).toBe(2);
  });
});
