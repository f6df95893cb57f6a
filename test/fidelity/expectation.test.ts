import { expect, test } from "vitest";
import {
  cuttingPower_kw,
  feedTime_s,
  idle_kw,
  programText,
  spindleText,
} from "../../bench/fidelity/expectation.ts";

test("power of a full slot, by hand", () => {
  // k_c at the mean chip 0.1 × 2/π = 0.0637 mm: 2220 × 0.0637^-0.14 = 3263 N/mm²; 5 × 20 × 1120 mm³/min of it.
  const program = {
    ...programText("programs/housing-steel"),
    tools: { 4: { diameter_mm: 20, teeth: 4, enteringAngle_deg: 90 } },
  };
  const slot = {
    tool: 4,
    spindle_rpm: 2800,
    feed_mm_min: 1120,
    depth_mm: 5,
    width_mm: 20,
    length_mm: 150,
    passes: 2,
  };
  const mean_kw = (5 * 20 * 1120 * 3263) / 60e6;
  // The mean chip thickness is an approximation of the integral that is good to some percent.
  expect(cuttingPower_kw(program, slot) / mean_kw).toBeGreaterThan(0.97);
  expect(cuttingPower_kw(program, slot) / mean_kw).toBeLessThan(1);
});

test("feed time of two passes and the step between them, by hand", () => {
  const operation = {
    tool: 1,
    spindle_rpm: 1,
    feed_mm_min: 600,
    depth_mm: 1,
    width_mm: 10,
    length_mm: 95,
    passes: 2,
  };
  expect(feedTime_s({ name: "", material: "", tools: {}, operations: [operation] })).toBeCloseTo(20, 12);
});

test("a spindle of 15 kW loses 1.9 kW at full speed", () => {
  expect(idle_kw(spindleText("cnc/vmc-3axis-15kw"), 12_000)).toBeCloseTo(1.9, 1);
});
