import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { cncModelSchema } from "../../../src/equipment/cnc/cnc-model.ts";
import { organisationSchema } from "../../../src/equipment/cnc/organisation.ts";
import { materialSchema, partProgramSchema } from "../../../src/equipment/cnc/part-program.ts";

test("figures that no machine could run on are refused", () => {
  const load = (reference: string): Record<string, any> => {
    const { "taktwerk-model": _version, ...rest } = parse(readFileSync(`models/${reference}.yaml`, "utf8"));
    return rest;
  };
  const model = load("cnc/vmc-3axis-15kw");
  expect(cncModelSchema.safeParse(model).success).toBe(true);
  model.toolChange.scatter_s = model.toolChange.chipToChip_s + 1;
  expect(cncModelSchema.safeParse(model).success).toBe(false);
  model.toolChange.scatter_s = 0;
  model.spindle.inertia_kg_m2 = 1e-14;
  expect(cncModelSchema.safeParse(model).success).toBe(false);
  const material = load("materials/steel-c45");
  expect(materialSchema.safeParse(material).success).toBe(true);
  material.toolLife["coated-carbide"].exponent = 1e-6;
  expect(materialSchema.safeParse(material).success).toBe(false);
  const program = load("programs/bracket-al");
  program.operations[0].length_mm = 1e-11;
  expect(partProgramSchema.safeParse(program).success).toBe(false);
  const cell = load("operations/automated-cell");
  expect(organisationSchema.safeParse(cell).success).toBe(true);
  expect(organisationSchema.safeParse({ ...cell, pallets: { change_s: 4, scatter_s: 5 } }).success).toBe(
    false,
  );
  cell.batch.pace_percent = { low: 120, high: 90 };
  expect(organisationSchema.safeParse(cell).success).toBe(false);
});
