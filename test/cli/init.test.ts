/** `init`: what it writes is valid, runs, and is what docs/ci.md shows. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { CI_FILES } from "../../src/cli/init-files.ts";
import { Workspace } from "../support/cli.ts";

let workspace: Workspace;
beforeEach(() => void (workspace = new Workspace()));
afterEach(() => workspace.close());

const at = (name: string): string => path.join(workspace.folder, name);

test("the scenario is valid, passes, and leaves its reports", async () => {
  expect((await workspace.run("init")).code).toBe(0);
  expect((await workspace.run("validate", "plant.yaml")).code).toBe(0);
  expect((await workspace.run("run", "plant.yaml")).code).toBe(0);
  for (const file of ["junit.xml", "result.json", "report.html"])
    expect(existsSync(at(`out/${file}`))).toBe(true);
  expect(readFileSync(at("plant.yaml"), "utf8")).toMatch(/^# yaml-language-server: \$schema=/);
  expect(existsSync(at(".github"))).toBe(false);
});

test.each(["github", "gitlab"] as const)(
  "the job for %s runs it, keeps what it leaves, and stands in docs",
  async (ci) => {
    const { file, text } = CI_FILES[ci];
    expect((await workspace.run("init", "--ci", ci)).code).toBe(0);
    expect(readFileSync(at(file), "utf8")).toBe(text);
    expect(JSON.stringify(parse(text))).toMatch(/npx taktwerk run plant\.yaml.*"out"/);
    expect(readFileSync("docs/ci.md", "utf8")).toContain(`\`\`\`yaml\n${text}\`\`\``);
  },
);

test("nothing is written over, and then nothing at all", async () => {
  writeFileSync(at("plant.yaml"), "mine");
  const { code, stderr } = await workspace.run("init", "--ci", "gitlab");
  expect(code).toBe(2);
  expect(stderr).toContain("plant.yaml: error[file-unusable]: this file is there already");
  expect(readFileSync(at("plant.yaml"), "utf8")).toBe("mine");
  expect(existsSync(at(".gitlab-ci.yml"))).toBe(false);
});

test("another CI is named with those that there are", async () => {
  const { code, stderr } = await workspace.run("init", "--ci", "jenkins");
  expect([code, stderr]).toEqual([2, expect.stringContaining("github") as unknown]);
});
