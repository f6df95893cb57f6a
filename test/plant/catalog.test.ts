/** A model library that is broken: its files are named, as a scenario's are. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CodedError, CodedErrors, EXIT } from "../../src/errors.ts";
import { Catalog } from "../../src/plant/catalog.ts";
import { checkProgram } from "../../src/equipment/cnc/part-program.ts";
import { loadCatalog } from "../../src/runtime/files.ts";

const MODEL = "cnc/vmc-3axis-15kw";
const PROGRAM = "programs/bracket-al";
const MATERIAL = "materials/aluminium-wrought";
const USED_AT = { file: "plant.yaml", line: 6, column: 18 };

type Library = Record<string, string>;

const read = (reference: string): string => readFileSync(`models/${reference}.yaml`, "utf8");
const library = (): Library => Object.fromEntries([MODEL, PROGRAM, MATERIAL].map((it) => [it, read(it)]));

/** The library with one file's text changed. */
function edited(reference: string, from: string | RegExp, to: string): Library {
  const text = read(reference);
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  return { ...library(), [reference]: changed };
}

/** Where a text first stands in a file of the library. */
function at(reference: string, text: string): string {
  const before = read(reference).split(text)[0]!.split("\n");
  return `${before.length}:${before.at(-1)!.length + 1}`;
}

function use(files: Library): void {
  const catalog = new Catalog(
    Object.entries(files).map(([reference, text]) => ({ reference, file: `${reference}.yaml`, text })),
  );
  catalog.workpiece(PROGRAM, catalog.machine(MODEL, USED_AT), USED_AT);
}

/** `file:line code what` of each mistake, and its way out. */
function mistakes(files: Library): { said: string; fix: string }[] {
  try {
    use(files);
  } catch (error) {
    const errors = error instanceof CodedErrors ? error.errors : [error as CodedError];
    return errors.map((it) => {
      expect(it).toBeInstanceOf(CodedError);
      expect(it.exitCode).toBe(EXIT.usage);
      const { file, line, column } = it.place!;
      return { said: `${file}:${line}:${column} ${it.code}: ${it.message}`, fix: it.fix };
    });
  }
  throw new Error("the library is sound");
}

test("the library that comes along is sound", () => {
  expect(() => use(library())).not.toThrow();
  const catalog = loadCatalog();
  const of = (kind: string): string[] =>
    catalog
      .list()
      .filter((it) => it.kind === kind)
      .map(({ reference }) => reference);
  const machines = of("cnc").map((reference) => catalog.machine(reference, USED_AT));
  expect(machines).toHaveLength(3);
  for (const program of of("program")) {
    const workpiece = catalog.workpiece(program, undefined, USED_AT);
    expect(machines.filter((machine) => checkProgram(workpiece, machine).length === 0)).not.toEqual([]);
  }
  for (const operation of of("operation")) {
    expect(catalog.organisation(operation, USED_AT).kind).toBe("operation");
  }
});

describe("a file of the library", () => {
  test.each<[string, Library, string, string]>([
    [
      "that is broken YAML",
      { ...library(), [PROGRAM]: "taktwerk-model: 1\nkind: [program\n" },
      `${PROGRAM}.yaml:3:1 yaml-syntax: a bracket above is not closed before the end`,
      "Close it",
    ],
    [
      "that is empty",
      { ...library(), [MATERIAL]: "" },
      `${MATERIAL}.yaml:1:1 invalid-value: the file is empty`,
      "Write the fields taktwerk-model, kind, title.",
    ],
    [
      "of a kind that does not exist",
      edited(PROGRAM, "kind: program", "kind: programme"),
      `${PROGRAM}.yaml:${at(PROGRAM, "program\n")} invalid-value: "kind" cannot be "programme"`,
      'Did you mean "program"? Write "cnc", "program", "material" or "operation".',
    ],
    [
      "of another format",
      edited(PROGRAM, "taktwerk-model: 1", "taktwerk-model: 2"),
      `${PROGRAM}.yaml:${at(PROGRAM, "1\nkind")} invalid-value: "taktwerk-model" cannot be 2`,
      "Write 1.",
    ],
    [
      "with a misspelt field",
      edited(MODEL, "speedMax_rpm: 12000", "speedMx_rpm: 12000"),
      `${MODEL}.yaml:${at(MODEL, "speedMax_rpm")} invalid-value: unknown field "speedMx_rpm" in "spindle"`,
      'Did you mean "speedMax_rpm"?',
    ],
    [
      "with a value that physics forbids",
      edited(MODEL, "efficiency: 0.86", "efficiency: 0"),
      `${MODEL}.yaml:${at(MODEL, "0.86")} invalid-value: "efficiency" cannot be 0: must be above 0`,
      "Write a number from 0 to 1.",
    ],
    [
      "with a tool that has no number",
      edited(PROGRAM, "  7: {", "  seven: {"),
      `${PROGRAM}.yaml:${at(PROGRAM, "7: {")} invalid-value: "seven" cannot be a field in "tools"`,
      "Write a tool number.",
    ],
    [
      "with a broken tool",
      edited(PROGRAM, "diameter_mm: 8", "diameter_mm: -8"),
      `${PROGRAM}.yaml:${at(PROGRAM, "8, teeth")} invalid-value: "diameter_mm" cannot be -8`,
      "Write a number above 0.",
    ],
  ])("%s is named with its place", (_name, files, said, fix) => {
    const found = mistakes(files);
    expect(found.map((it) => it.said)).toEqual([said]);
    expect(found[0]!.fix.slice(0, fix.length)).toBe(fix);
  });
});

describe("a program", () => {
  test("whose material is missing", () => {
    const files = library();
    delete files[MATERIAL];
    const [only] = mistakes(files);
    expect(only).toEqual({
      said: `${PROGRAM}.yaml:${at(PROGRAM, MATERIAL)} invalid-value: there is no material "${MATERIAL}"`,
      fix: "There are none.",
    });
  });

  test("whose tool is missing", () => {
    const [only, ...rest] = mistakes(edited(PROGRAM, "title: slots, tool: 7", "title: slots, tool: 8"));
    expect(rest).toEqual([]);
    expect(only).toEqual({
      said: `${PROGRAM}.yaml:${at(PROGRAM, "7, spindle")} invalid-value: "tool" cannot be 8: no tool 8 in the program's tools`,
      fix: `3-axis machining centre, 15 kW cannot run ${PROGRAM} so; change the program or choose another machine.`,
    });
  });

  test("that the machine cannot run names each reason", () => {
    const found = mistakes(
      edited(PROGRAM, /(title: face.*)spindle_rpm: 5500(.*)at: \[420/, "$1spindle_rpm: 15500$2at: [900"),
    );
    // One digit more before it.
    const [line, column] = at(PROGRAM, "[420, 200").split(":");
    expect(found.map((it) => it.said)).toEqual([
      `${PROGRAM}.yaml:${at(PROGRAM, "5500")} invalid-value: "spindle_rpm" cannot be 15500: the spindle ends at 12000`,
      `${PROGRAM}.yaml:${line}:${Number(column) + 1} invalid-value: "at" cannot be [900,200,-180]: X leaves 0 to 1000 mm`,
    ]);
  });

  test("is not a machine model, and the other way round", () => {
    const catalog = loadCatalog();
    expect(() => catalog.machine(PROGRAM, USED_AT)).toThrow(
      expect.objectContaining({ code: "unknown-model", place: USED_AT }) as Error,
    );
    expect(() => catalog.workpiece(MODEL, undefined, USED_AT)).toThrow(
      expect.objectContaining({ code: "unknown-program", place: USED_AT }) as Error,
    );
  });
});
