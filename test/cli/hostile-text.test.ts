/** Nothing that a file says reaches a terminal, a report or the name of a file as more than text. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Workspace } from "../support/cli.ts";
import { scenarioText } from "../support/scenario-text.ts";

const workspace = new Workspace();
afterAll(() => workspace.close());

/** What moves a cursor, clears a screen, turns the direction of writing, ends a line or begins a command to GitHub. */
const EVIL = "\\e[2J\\x9b31m\\u202e\\r\\n::error::pwned\\n##[error]pwned\\u2028x";
const RAW = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/;

const hostile = (seed: string): string =>
  `${scenarioText({ top: "duration: 5m\nspeed: max\nendpoints: { opcua: false, mqttsn: false }\n" })}seed: "${seed}"
checks:
  - { name: "${EVIL}", always: 'unit.name == "${EVIL.replaceAll("\\", "\\\\")}"' }
  - { name: "::warning::pwned", never: "true" }
thresholds: ["twin.parts_produced count >= 9999"]
`;

/** Lines of an output that a job of GitHub would obey, which are ours alone. */
const commandsIn = (output: string): string[] =>
  output.split("\n").filter((line) => /^\s*(::|##\[)/.test(line));

describe("a run with names that are made to be obeyed", () => {
  test("prints, reports and keeps them as text", async () => {
    const args = ["run", workspace.write("evil.yaml", hostile(EVIL)), "--evidence", "kept"];
    const files = ["--junit", "out.xml", "--html", "out.html", "--json", "out.json"];
    const github = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: path.join(workspace.folder, "summary.md") };
    const { code, stdout, stderr } = await workspace.start([...args, ...files], [], undefined, github).ended;
    expect(code).toBe(1);
    const own = commandsIn(stdout);
    expect(own).toHaveLength(3);
    for (const line of own)
      expect(line).toMatch(/^::error (file=evil\.yaml,line=\d+,col=\d+,)?title=failed%3A /);
    const [folder, ...others] = readdirSync(path.join(workspace.folder, "kept"));
    expect(others).toEqual([]);
    const kept = readFileSync(path.join(workspace.folder, "kept", folder!, "summary.txt"), "utf8");
    const shown = await workspace.run("show", path.join("kept", folder!));
    const written = ["out.xml", "out.html", "out.json", "summary.md"].map((file) =>
      readFileSync(path.join(workspace.folder, file), "utf8"),
    );
    for (const text of [stdout, stderr, kept, shown.stdout, ...written, folder!])
      expect(RAW.exec(text)).toBeNull();
    expect(commandsIn(`${kept}\n${shown.stdout}`)).toEqual([]);
  });

  test.each(["../../../../../escaped/x", "..", "a/b", "a\\\\b", "con:", "x".repeat(200), "é漢😀", "-rf"])(
    "keeps what a run with the seed %.20s leaves behind in the folder that was named",
    async (seed) => {
      const file = workspace.write("seeded.yaml", hostile(seed));
      const kept = `kept-${Buffer.from(seed).toString("hex").slice(0, 20)}`;
      const { code } = await workspace.run("run", file, "--evidence", kept);
      expect(code).toBe(1);
      const [folder, ...others] = readdirSync(path.join(workspace.folder, kept));
      expect(others).toEqual([]);
      expect(folder).toMatch(/^plant-seed-[A-Za-z0-9._~-]+$/);
      expect(existsSync(path.join(workspace.folder, kept, folder!, "result.json"))).toBe(true);
      expect(existsSync(path.join(workspace.folder, "..", "escaped"))).toBe(false);
    },
  );
});

test("what is wrong with a file is told as text", async () => {
  const file = workspace.write("bad\u001b[31m.yaml", `${scenarioText()}"${EVIL}": 1\nspeed: "${EVIL}"\n`);
  for (const args of [
    ["validate", file],
    ["run", file],
    ["up", file],
    ["run", `\u001b]0;x\u0007${file}`],
    [`\u202e`],
  ]) {
    const { code, stdout, stderr } = await workspace.run(...args);
    expect(code).toBe(2);
    expect(RAW.exec(stdout + stderr)).toBeNull();
    expect(commandsIn(stdout + stderr)).toEqual([]);
  }
});

test("the log of a program that a scenario starts is told as text", async () => {
  const top = `duration: 10s
endpoints: { opcua: false, mqttsn: { gateway: "udp://127.0.0.1:9" } }
sut: { name: "${EVIL}", start: "printf '\\\\033[2J\\\\n::error::pwned\\\\n'; exit 3", ready: { within: 1s } }
thresholds: [wire.mqttsn.published count >= 0]
`;
  const { stdout, stderr } = await workspace.run("run", workspace.write("sut.yaml", scenarioText({ top })));
  expect(stderr).toContain("ended with code 3");
  expect(RAW.exec(stdout + stderr)).toBeNull();
  expect(commandsIn(stdout + stderr)).toEqual([]);
});
