import { describe, expect, test } from "vitest";
import { mill, type Cut } from "../../../src/equipment/cnc/cutting.ts";
import type { Material, MillingOperation, ToolModel } from "../../../src/equipment/cnc/part-program.ts";

const MILL: ToolModel = {
  title: "end mill D16",
  grade: "coated-carbide",
  diameter_mm: 16,
  teeth: 3,
  enteringAngle_deg: 90,
};
const ALUMINIUM = {
  kind: "material",
  title: "Al",
  specificCuttingForce_n_mm2: 810,
  forceExponent: 0.23,
  toolLife: {},
} as const;
const STEEL = {
  kind: "material",
  title: "C45",
  specificCuttingForce_n_mm2: 2220,
  forceExponent: 0.14,
  toolLife: {},
} as const;
const OPERATION: MillingOperation = {
  process: "mill",
  title: "rough",
  tool: 3,
  spindle_rpm: 8000,
  feed_mm_min: 2400,
  depth_mm: 4,
  width_mm: 8,
  length_mm: 100,
  passes: 1,
  at: [0, 0, 0],
};

const cut = (operation: MillingOperation, tool: ToolModel, material: Material): Cut =>
  mill(operation, tool, material, operation.feed_mm_min, operation.spindle_rpm);

describe("cutting power", () => {
  test("is Kienzle's, worked by hand for half immersion", () => {
    // f_z = 2400 / (8000 · 3) = 0.1 mm; φ_s = 90°; h_m = 0.1 · (360 / 90π) · 0.5 = 0.0637 mm
    const chip_mm = 0.1 * (360 / (Math.PI * 90)) * 0.5;
    const specific = 810 * Math.pow(chip_mm, -0.23);
    expect(cut(OPERATION, MILL, ALUMINIUM).power_kw).toBeCloseTo((4 * 8 * 2400 * specific) / 60e6, 9);
    // F_c = P / v_c with v_c = π · 16 · 8000 / 60000 m/s
    const force_n = (cut(OPERATION, MILL, ALUMINIUM).power_kw * 1000) / ((Math.PI * 16 * 8000) / 60_000);
    expect(cut(OPERATION, MILL, ALUMINIUM).feedForce_n).toBeCloseTo(0.4 * force_n, 6);
  });

  test("doubles with depth, rises less than feed, and is higher in steel", () => {
    const base = cut(OPERATION, MILL, ALUMINIUM).power_kw;
    expect(cut({ ...OPERATION, depth_mm: 8 }, MILL, ALUMINIUM).power_kw / base).toBeCloseTo(2, 12);
    expect(cut({ ...OPERATION, feed_mm_min: 4800 }, MILL, ALUMINIUM).power_kw / base).toBeCloseTo(
      Math.pow(2, 0.77),
      9,
    );
    expect(cut(OPERATION, MILL, STEEL).power_kw / base).toBeGreaterThan(2);
  });

  test("of a full slot engages half a turn", () => {
    const slot = cut({ ...OPERATION, width_mm: 16 }, MILL, ALUMINIUM).power_kw;
    const chip_mm = 0.1 * (360 / (Math.PI * 180));
    expect(slot).toBeCloseTo((4 * 16 * 2400 * 810 * Math.pow(chip_mm, -0.23)) / 60e6, 9);
  });
});
