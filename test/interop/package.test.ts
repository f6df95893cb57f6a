/** What `npm pack` would publish must run where nothing else of this folder is. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-package-"));

afterAll(() => rmSync(folder, { recursive: true }));

test("the packed files run the demo's shift without the rest of the folder", () => {
  execFileSync("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], { stdio: "ignore" });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
  execFileSync("tar", ["-xzf", path.join(folder, tarball), "-C", folder]);
  symlinkSync(path.resolve("node_modules"), path.join(folder, "node_modules"));
  const main = path.join(folder, "package", "dist", "cli", "main.js");
  const scenario = path.join(folder, "package", "scenarios", "demo.yaml");
  const args = [main, "run", scenario, "--speed", "max", "--duration", "10m"];
  expect(execFileSync(process.execPath, args, { encoding: "utf8", cwd: folder })).toMatch(
    /digest +[0-9a-f]{16}/,
  );
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
