/** Hosts, shards, records and replays, as the command line has them. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Workspace, type Ending } from "../support/cli.ts";

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
