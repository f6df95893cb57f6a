import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mill, turn } from "../../../src/equipment/cnc/cutting.ts";
import {
  flankWear_mm,
  forceFactor,
  toolLife_min,
  WEAR_LIMIT_MM,
} from "../../../src/equipment/cnc/tool-wear.ts";

const C45 = {
  kind: "material",
  title: "C45",
  specificCuttingForce_n_mm2: 2220,
  forceExponent: 0.14,
  toolLife: { "coated-carbide": { constant_m_min: 420, exponent: 0.27 } },
} as const;
const MILL = {
  title: "end mill D20",
  grade: "coated-carbide",
  diameter_mm: 20,
  teeth: 4,
  enteringAngle_deg: 90,
} as const;
const INSERT = { title: "CNMG", grade: "coated-carbide", enteringAngle_deg: 95 } as const;

describe("flank wear", () => {
  test("follows the median of 15 measured curves of milling", () => {
    const measured = { 0.1: 0.19, 0.25: 0.29, 0.5: 0.46, 0.75: 0.72, 0.9: 0.9 };
    for (const [used, share] of Object.entries(measured)) {
      expect(Math.abs(flankWear_mm(Number(used)) / WEAR_LIMIT_MM - share)).toBeLessThan(0.08);
    }
    expect(flankWear_mm(0)).toBe(0);
    expect(flankWear_mm(1)).toBeCloseTo(0.3, 3);
  });

  test("only ever grows", () => {
    const share = fc.double({ min: 0, max: 3, noNaN: true });
    fc.assert(
      fc.property(share, share, (a, b) => {
        expect(flankWear_mm(Math.max(a, b))).toBeGreaterThanOrEqual(flankWear_mm(Math.min(a, b)));
      }),
      { seed: 1 },
    );
  });

  test("makes the cutting force rise by 26 % at the limit", () => {
    expect(forceFactor(0.3)).toBeCloseTo(1.264, 12);
  });
});

describe("tool life", () => {
  const operation = { depth_mm: 2, width_mm: 10 };

  test("is Taylor's at the feed and depth of the tables", () => {
    // v_c = π · 20 · 2800 / 1000 = 175.9 m/min, f_z = 1680 / (2800 · 4) = 0.15 mm
    const cut = mill(operation, MILL, C45, 1680, 2800);
    expect(cut.cuttingSpeed_m_min).toBeCloseTo(175.929, 3);
    expect(cut.feed_mm).toBeCloseTo(0.15, 12);
    expect(toolLife_min(cut, MILL, C45)).toBeCloseTo(Math.pow(420 / 175.929, 1 / 0.27), 3);
  });

  test("falls steeply with speed, less with feed, least with depth", () => {
    const life = (feed_mm_min: number, speed_rpm: number, depth_mm = 2): number =>
      toolLife_min(mill({ ...operation, depth_mm }, MILL, C45, feed_mm_min, speed_rpm), MILL, C45);
    const base = life(1680, 2800);
    expect(life(1680 * 1.2, 2800 * 1.2) / base).toBeCloseTo(Math.pow(1.2, -1 / 0.27), 9);
    expect(life(1680 * 1.2, 2800) / base).toBeCloseTo(Math.pow(1.2, -0.36), 9);
    expect(life(1680, 2800, 2.4) / base).toBeCloseTo(Math.pow(1.2, -0.15), 9);
  });
});

test("turning is Kienzle's, worked by hand", () => {
  // h = 0.3 sin 95° = 0.29886, b = 2 / sin 95° = 2.00764, k_c = 2220 h^-0.14
  const h = 0.3 * Math.sin((95 * Math.PI) / 180);
  const force_n = 2220 * Math.pow(h, -0.14) * h * (2 / Math.sin((95 * Math.PI) / 180));
  const cut = turn({ depth_mm: 2 }, INSERT, C45, 0.3, 180);
  expect(cut.power_kw).toBeCloseTo((force_n * 180) / 60_000, 9);
  expect(cut.power_kw).toBeGreaterThan(4);
  expect(cut.power_kw).toBeLessThan(6);
});
