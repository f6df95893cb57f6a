/** What `npm pack` would publish must run where nothing else of this folder is. */
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-package-"));

afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(() => {
  execFileSync("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], { stdio: "ignore" });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
  execFileSync("tar", ["-xzf", path.join(folder, tarball), "-C", folder]);
  symlinkSync(path.resolve("node_modules"), path.join(folder, "node_modules"));
});

test("the packed files run the demo's shift without the rest of the folder", () => {
  const main = path.join(folder, "package", "dist", "cli", "main.js");
  const scenario = path.join(folder, "package", "scenarios", "demo.yaml");
  const args = [main, "run", scenario, "--speed", "max", "--duration", "10m"];
  expect(execFileSync(process.execPath, args, { encoding: "utf8", cwd: folder })).toMatch(
    /digest +[0-9a-f]{16}/,
  );
});

test("the library's example runs in a project outside, and its types are there", () => {
  const project = path.join(folder, "project");
  mkdirSync(path.join(project, "node_modules"), { recursive: true });
  symlinkSync(path.join(folder, "package"), path.join(project, "node_modules", "taktwerk"));
  const [, example] = /```js\n([\s\S]*?)```/.exec(readFileSync("docs/library.md", "utf8"))!;
  writeFileSync(path.join(project, "example.test.mjs"), example!);
  const args = ["--test", "--test-reporter=tap", "example.test.mjs"];
  const told = execFileSync(process.execPath, args, { encoding: "utf8", cwd: project });
  expect(told).toMatch(/^# pass 3$/m);
  const use = 'import { stepPlant, type RunResult } from "taktwerk";\n';
  writeFileSync(
    path.join(project, "use.ts"),
    `${use}const now: number = stepPlant({ scenario: "" }).now_s;\nexport const both: [number, RunResult?] = [now];\n`,
  );
  const tsc = [path.resolve("node_modules/typescript/bin/tsc"), "--noEmit", "--strict", "--skipLibCheck"];
  execFileSync(process.execPath, [...tsc, "--module", "nodenext", "--target", "es2023", "use.ts"], {
    cwd: project,
  });
});

test("every package that the program imports is a dependency that users get", () => {
  const { dependencies } = JSON.parse(readFileSync("package.json", "utf8")) as { dependencies: object };
  const imported = new Set<string>();
  for (const name of readdirSync("src", { recursive: true, encoding: "utf8" })) {
    if (!/\.tsx?$/.test(name)) continue;
    const text = readFileSync(path.join("src", name), "utf8");
    for (const [, specifier] of text.matchAll(/(?:from|import\()\s*"([^."][^"]*)"/g)) {
      if (/^node:/.test(specifier!) || builtinModules.includes(specifier!)) continue;
      imported.add(
        specifier!
          .split("/")
          .slice(0, specifier!.startsWith("@") ? 2 : 1)
          .join("/"),
      );
    }
  }
  const missing = [...imported].filter((name) => !(name in dependencies));
  expect(missing).toEqual([]);
});
