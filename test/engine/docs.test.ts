/** The example of docs/engine.md is a program, and does what the page says. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";

test("the example of the page runs and prints what stands there", () => {
  const page = readFileSync("docs/engine.md", "utf8");
  const [program, output] = [...page.matchAll(/```(?:ts|text)\n([\s\S]*?)```/g)].map((match) => match[1]!);
  const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-docs-"));
  const file = path.join(folder, "example.ts");
  writeFileSync(file, program!.replaceAll('"../src/', `"${path.resolve("src")}/`));
  const printed = execFileSync(process.execPath, [file], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  rmSync(folder, { recursive: true });
  expect(printed).toBe(output);
});
