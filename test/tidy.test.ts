import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  checkCircles,
  checkDeterminism,
  checkImports,
  checkLengths,
  checkSkips,
  type Complaint,
  type SourceFile,
} from "./support/source-rules.ts";

const below = (folder: string): SourceFile[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((path) => /\.tsx?$/.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(path, "utf8") }));

const files = below("src");

const print = (complaints: Complaint[]): string[] =>
  complaints.map((it) => `${it.file}:${it.line}: ${it.rule}`);

describe("the house", () => {
  test("imports follow the rooms", () => expect(print(files.flatMap(checkImports))).toEqual([]));
  test("imports close no circle", () => expect(print(checkCircles(files))).toEqual([]));
  test("files and functions are short", () => expect(print(files.flatMap(checkLengths))).toEqual([]));
  test("the simulation is deterministic", () => expect(print(files.flatMap(checkDeterminism))).toEqual([]));
  test("only a program that is missing skips a test", () =>
    expect(print(below("test").flatMap(checkSkips))).toEqual([]));
});

describe("the rules bite", () => {
  const file = (path: string, text: string): SourceFile => ({ path, text });

  test("an import against the rooms is named by file, line and rule", () => {
    const bad = file(
      "src/engine/a.ts",
      'import type { X } from "./b.ts";\nimport { y } from "../runtime/y.ts";\n',
    );
    expect(print(checkImports(bad))).toEqual(["src/engine/a.ts:2: engine may not import runtime/y"]);
    const sibling = file("src/protocol/mqttsn/a.ts", 'import { y } from "../opcua/y.ts";\n');
    expect(print(checkImports(sibling))).toHaveLength(1);
    expect(print(checkImports(file("src/attic/a.ts", "")))).toEqual([
      "src/attic/a.ts:1: stands in no room of the house",
    ]);
  });

  test("a circle is found", () => {
    const a = file("src/engine/a.ts", 'import { b } from "./b.ts";\n');
    const b = file("src/engine/b.ts", 'import { a } from "./a.ts";\n');
    expect(print(checkCircles([a, b]))).toEqual([
      "src/engine/b.ts:1: closes the circle engine/a -> engine/b -> engine/a",
    ]);
  });

  test("long files and functions are found", () => {
    const long = `\nconst f = () => {\n${"  f();\n".repeat(70)}};\n`;
    expect(print(checkLengths(file("src/engine/a.ts", long)))).toEqual([
      "src/engine/a.ts:2: function of 72 lines, at most 70",
    ]);
    expect(checkLengths(file("src/engine/a.ts", "\n".repeat(401)))).toHaveLength(1);
  });

  test("inexact math and the wall clock are found where they are banned", () => {
    const bad =
      "const a = Math.exp(1);\nconst b = 2 ** 0.5;\nconst c = Date.now();\nconst d = Math.sqrt(2);\nconst e = Date.parse(a);\n";
    expect(checkDeterminism(file("src/signal/a.ts", bad)).map((it) => it.line)).toEqual([1, 2, 3]);
    expect(checkDeterminism(file("src/plant/a.ts", bad)).map((it) => it.line)).toEqual([3]);
    expect(checkDeterminism(file("src/runtime/a.ts", bad))).toEqual([]);
  });

  test("a test that is skipped for another reason than a missing program is found", () => {
    const good = 'const tshark = peer("tshark");\ntest.skipIf(!tshark)("a", f);\n';
    expect(checkSkips(file("test/a.test.ts", good))).toEqual([]);
    const bad =
      'const x = 1;\ntest.skipIf(!x)("a", f);\ntest.skip("b", f);\ntest.todo("c");\nit.only("d", f);\n';
    expect(checkSkips(file("test/a.test.ts", bad)).map(({ line }) => line)).toEqual([2, 3, 4, 5]);
  });
});
