/** Reports that cannot be written, or are lost on the way: a message each, and neither verdict nor other reports change. */
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { EXIT } from "../../src/errors.ts";
import type { RunResult } from "../../src/runtime/result.ts";
import { Workspace, type Ending } from "../support/cli.ts";
import { scenarioText, UNIT } from "../support/scenario-text.ts";
import { parseXml } from "../support/xml.ts";

const workspace = new Workspace();
afterAll(() => workspace.close());

const top = "endpoints: { opcua: false, mqttsn: false }\n";
const PLANT = scenarioText({ top, units: UNIT.replace("{ model", "{ count: 4, model") });
const PASSES = `${PLANT}checks: [{ name: parts, count: 'event.kind == "production"', atLeast: 1 }]\n`;
const FAILS = `${PLANT}checks: [{ name: nothing, always: "false" }]\n`;
const passes = workspace.write("passes.yaml", PASSES);
const fails = workspace.write("fails.yaml", FAILS);
const QUICK = ["--speed", "max", "--duration", "10m"];
/** Where no disk has room. */
const FULL = "/dev/full";

const at = (name: string): string => path.join(workspace.folder, name);
const run = (...args: string[]): Promise<Ending> => workspace.run("run", ...args);
const messages = (stderr: string): string[] => stderr.split("\n").filter((line) => line.includes("error["));

describe("what cannot be written leaves code and other reports as they are", () => {
  test.each([
    [passes, EXIT.pass],
    [fails, EXIT.failed],
  ])("of %s, each report alone", async (file, expected) => {
    for (const broken of ["json", "junit", "html"]) {
      const named = (format: string): string => (format === broken ? FULL : `${broken}/${format}`);
      const options = ["json", "junit", "html"].flatMap((format) => [`--${format}`, named(format)]);
      const { code, stderr, stdout } = await run(file, ...QUICK, ...options);
      expect(messages(stderr)).toEqual([
        expect.stringMatching(/^\/dev\/full: error\[file-unusable\].*ENOSPC/),
      ]);
      expect(stdout).toContain("  digest ");
      expect(code).toBe(expected);
      for (const format of ["json", "junit", "html"].filter((it) => it !== broken))
        expect(readFileSync(at(`${broken}/${format}`), "utf8")).toContain(path.basename(file));
    }
  });

  test("a summary of GitHub that is a folder, or has no room", async () => {
    mkdirSync(at("folder"));
    for (const summary of [at("folder"), FULL]) {
      const env = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summary };
      const args = ["run", fails, ...QUICK, "--junit", "github.xml"];
      const { code, stderr, stdout } = await workspace.start(args, [], undefined, env).ended;
      expect(messages(stderr)).toEqual([expect.stringContaining(`${summary}: error[file-unusable]`)]);
      expect(stdout).toContain("::error ");
      expect(parseXml(readFileSync(at("github.xml"), "utf8")).children).toHaveLength(1);
      expect(code).toBe(EXIT.failed);
    }
  });

  test("the result of up, and a terminal's output on a full disk", async () => {
    const { code, stderr } = await workspace.run("up", passes, ...QUICK, "--json", FULL);
    expect(messages(stderr)).toEqual([expect.stringContaining("/dev/full: error[file-unusable]")]);
    expect(code).toBe(EXIT.pass);
    workspace.write(
      "full.mjs",
      `process.stdout.write = (_text, ...rest) => {
  process.stdout.emit("error", Object.assign(new Error("no space"), { code: "ENOSPC" }));
  rest.at(-1)?.();
  return true;
};\n`,
    );
    // It says that it runs, which is long before its end.
    const args = ["up", fails, "--speed", "300", "--duration", "5m", "--json", "kept.json"];
    expect((await workspace.start(args, ["--import", "./full.mjs"]).ended).code).toBe(EXIT.failed);
    expect(existsSync(at("kept.json"))).toBe(true);
  });

  test("evidence whose host is gone when it is asked for it", async () => {
    // Hosts are killed by what the summary says, as by a machine that is short of memory.
    workspace.write(
      "kill.mjs",
      `import processes from "node:child_process";
import { syncBuiltinESMExports } from "node:module";
const { fork } = processes;
const hosts = [];
processes.fork = (...args) => {
  hosts.push(fork(...args));
  return hosts.at(-1);
};
syncBuiltinESMExports();
const { write } = process.stdout;
process.stdout.write = function (text, ...rest) {
  if (String(text).includes("  digest ")) for (const host of hosts) host.kill("SIGKILL");
  return write.call(this, text, ...rest);
};\n`,
    );
    const args = ["run", fails, ...QUICK, "--hosts", "2", "--evidence", "kept", "--junit", "kept.xml"];
    const { code, stderr } = await workspace.start(args, ["--import", "./kill.mjs"]).ended;
    expect(messages(stderr)).toEqual([expect.stringMatching(/^error\[host-lost\]: host \d .*SIGKILL/)]);
    const suites = parseXml(readFileSync(at("kept.xml"), "utf8")).children;
    expect(suites.map(({ attributes }) => [attributes["failures"], attributes["errors"]])).toEqual([
      ["1", "0"],
    ]);
    expect(code).toBe(EXIT.failed);
  });
});

describe("what cannot be written is refused before anything runs", () => {
  mkdirSync(at("real"));
  symlinkSync("real", at("link"));
  symlinkSync("target.xml", at("dangling.xml"));
  const report = (text: string): string[] => ["--set", `report={${text}}`];
  const bad: [string, string[], RegExp][] = [
    [
      "one file, written twice",
      ["--json", "same", "--junit", "./same"],
      /json and junit are both to go into \.\/same/,
    ],
    ["one file through a folder's link", ["--json", "link/x", "--html", "real/x"], /json and html are both/],
    [
      "one file that a link leads to",
      ["--junit", "dangling.xml", "--json", "target.xml"],
      /junit and json|json and junit/,
    ],
    ["one file of a scenario's report", report("junit: r, json: ./r"), /^--set report=.*both to go into/m],
    [
      "one of the scenario and one of the command",
      [...report("junit: q"), "--html", "real/../q"],
      /both to go into/,
    ],
    [
      "the scenario itself",
      ["--junit", "./fails.yaml"],
      /the scenario and junit are both to go into \.\/fails\.yaml/,
    ],
    ["the record", ["--record", "s.ndjson", "--json", "./s.ndjson"], /the record and json are both/],
    ["a folder", ["--html", "real"], /real: error\[file-unusable\].*it is a folder/],
    ["a folder that is not there", ["--html", "none/"], /none\/: error\[file-unusable\].*it is a folder/],
    ["evidence in a file", ["--evidence", "passes.yaml"], /passes\.yaml: error\[file-unusable\].*EEXIST/],
  ];
  test.each(bad)("%s", async (_name, options, message) => {
    const { code, stderr, stdout } = await run(fails, ...QUICK, ...options);
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([EXIT.usage, ""]);
    expect(readFileSync(at("fails.yaml"), "utf8")).toBe(FAILS);
  });

  test("scenarios may share a report, however they write it", async () => {
    const reports = ["--set", "report={json: real/shared.json}"];
    await run(passes, fails, ...QUICK, ...reports);
    const { runs } = JSON.parse(readFileSync(at("real/shared.json"), "utf8")) as { runs: RunResult[] };
    expect(runs.map(({ file }) => file)).toEqual(["passes.yaml", "fails.yaml"]);
  });
});
