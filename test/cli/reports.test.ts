/** What `run` leaves behind for a CI: files, and what GitHub shows of a job. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readResult } from "../../src/runtime/merge.ts";
import { Workspace } from "../support/cli.ts";
import { scenarioText } from "../support/scenario-text.ts";
import { parseXml, type XmlElement } from "../support/xml.ts";

const workspace = new Workspace();
afterAll(() => workspace.close());

const CHECKED = `${scenarioText()}
checks:
  - { name: parts come, count: 'event.kind == "production"', atLeast: 1 }
  - { name: "never warm, <b>", never: 'unit.signals["spindle-temperature"] > 20.0' }
thresholds:
  - twin.parts_produced count >= 1000
`;
const plant = workspace.write("plant.yaml", CHECKED);
const QUICK = ["--speed", "max", "--duration", "10m"];

const at = (name: string): string => path.join(workspace.folder, name);
const suites = (name: string): XmlElement[] => parseXml(readFileSync(at(name), "utf8")).children;
const outcomes = (suite: XmlElement): string[][] =>
  suite.children
    .filter(({ name }) => name === "testcase")
    .map(({ attributes, children }) => [attributes["name"]!, children[0]?.name ?? "passed"]);

describe("--junit", () => {
  test("makes its folder, and has a suite for each seed", async () => {
    const args = ["run", plant, ...QUICK, "--seeds", "1,2", "--junit", "out/deep/junit.xml"];
    expect((await workspace.run(...args)).code).toBe(1);
    const found = suites("out/deep/junit.xml");
    expect(found.map(({ attributes }) => attributes["name"])).toEqual([
      "plant (plant.yaml), seed 1",
      "plant (plant.yaml), seed 2",
    ]);
    expect(outcomes(found[0]!)).toEqual([
      ["the run", "passed"],
      ["parts come", "passed"],
      ["never warm, <b>", "failure"],
      ["twin.parts_produced count >= 1000", "failure"],
    ]);
  });

  test("tells of a scenario that is wrong, which starts nothing", async () => {
    const wrong = workspace.write("wrong.yaml", CHECKED.replace("bracket-al", "bracket-gold"));
    const { code } = await workspace.run("run", plant, wrong, ...QUICK, "--junit", "wrong.xml");
    expect(code).toBe(2);
    const [suite, ...others] = suites("wrong.xml");
    expect(others).toEqual([]);
    expect(outcomes(suite!)).toEqual([["the run", "error"]]);
    expect(suite!.children.at(-1)!.children[0]!.text).toMatch(/^wrong\.yaml:6:\d+: error\[unknown-program\]/);
  });

  test("tells of a gateway that is not there", async () => {
    const lonely = workspace.write(
      "lonely.yaml",
      `${scenarioText()}endpoints: { opcua: false, mqttsn: { gateway: "udp://127.0.0.1:9", retry: 10ms, retries: 0 } }\n`,
    );
    const { code } = await workspace.run("run", lonely, "--duration", "1s", "--junit", "lonely.xml");
    expect(code).toBe(3);
    const [suite] = suites("lonely.xml");
    const own = suite!.children.find(({ name }) => name === "testcase")!;
    expect(own.children[0]).toMatchObject({ name: "error", attributes: { type: "not judged" } });
  });

  test("a file that cannot be written is told before anything runs", async () => {
    workspace.write("file", "");
    const { code, stderr, stdout } = await workspace.run("run", plant, ...QUICK, "--junit", "file/junit.xml");
    expect(stderr).toContain("file/junit.xml: error[file-unusable]");
    expect([code, stdout]).toEqual([2, ""]);
    const same = await workspace.run("run", plant, ...QUICK, "--junit", "same", "--json", "same");
    expect(same.stderr).toContain("json and junit are both to go into same");
  });
});

describe("report: of a scenario", () => {
  const reporting = workspace.write(
    "reporting.yaml",
    `${CHECKED}report: { junit: own/junit.xml, json: own/result.json }\n`,
  );

  test("names files, and the command line has the last word", async () => {
    await workspace.run("run", reporting, plant, ...QUICK, "--junit", "other.xml");
    expect(existsSync(at("own/junit.xml"))).toBe(false);
    expect(suites("other.xml")).toHaveLength(2);
    expect(JSON.parse(readFileSync(at("own/result.json"), "utf8"))).toMatchObject({
      file: "reporting.yaml",
    });
    await workspace.run("run", reporting, plant, ...QUICK);
    expect(suites("own/junit.xml")).toHaveLength(1);
  });

  test("is validated like the rest", async () => {
    const wrong = workspace.write("wrong-report.yaml", `${CHECKED}report: { juint: x }\n`);
    const { stderr } = await workspace.run("validate", wrong);
    expect(stderr).toMatch(/^wrong-report\.yaml:\d+:11: error\[invalid-value\]: unknown field "juint"/);
  });
});

test("in a job of GitHub, what failed is marked in the scenario and summed up", async () => {
  workspace.write("summary.md", "before\n");
  const env = {
    ...{ GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: path.dirname(workspace.folder) },
    GITHUB_STEP_SUMMARY: at("summary.md"),
  };
  const { stdout } = await workspace.start(["run", plant, ...QUICK], [], undefined, env).ended;
  const line = 1 + CHECKED.split("\n").findIndex((it) => it.includes("never warm"));
  const file = `${path.basename(workspace.folder)}/plant.yaml`;
  expect(stdout).toContain(
    `::error file=${file},line=${line},col=5,title=failed%3A never warm%2C <b> in plant (plant.yaml)%2C seed 1::failed in `,
  );
  const summary = readFileSync(at("summary.md"), "utf8");
  expect(summary).toMatch(/^before\n### Taktwerk\n/);
  expect(summary).toContain("| failed | plant | plant.yaml | 1 | 1 of 3 | 600 s |");
  expect((await workspace.run("run", plant, ...QUICK)).stdout).not.toContain("::error");
});

test("--html leaves a page, and changes neither digest nor what --json keeps", async () => {
  const seen = async (...more: string[]): Promise<unknown> => {
    await workspace.run("run", plant, ...QUICK, "--json", "seen.json", ...more);
    return { ...JSON.parse(readFileSync(at("seen.json"), "utf8")), wallTime_s: 0 };
  };
  expect(await seen("--html", "page.html")).toEqual(await seen());
  const page = readFileSync(at("page.html"), "utf8");
  expect(page).toContain("never warm, &lt;b&gt;");
  expect(page).toContain('<div class="chart">');
  expect(page).toContain('<svg class="timeline"');
});

test("what --json writes is all in the schema", async () => {
  await workspace.run("run", plant, ...QUICK, "--json", "whole.json");
  // What the schema does not know would be gone.
  expect(readResult(at("whole.json"))).toEqual(JSON.parse(readFileSync(at("whole.json"), "utf8")));
});
