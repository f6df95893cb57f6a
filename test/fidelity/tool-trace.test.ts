import { expect, test } from "vitest";
import { FastRun, planFleet } from "../../bench/fidelity/fleet.ts";
import { libraryWith } from "../../bench/fidelity/library.ts";
import { ToolTrace } from "../../bench/fidelity/wear-rows.ts";

const line = { model: "cnc/vmc-3axis-15kw", program: "programs/housing-steel", count: 1, name: "cnc" };

test("the chronicle tells of each cut how worn its tool is, and of each edge how long it lasts", () => {
  const run = new FastRun(planFleet([line], libraryWith())[0]!, 1);
  const trace = new ToolTrace(run);
  run.cell.run(4 * 3600);
  expect(new Set(trace.engagements.map((it) => it.tool))).toEqual(new Set(["2", "4", "9"]));
  for (const { used, wear } of trace.engagements) {
    expect(used).toBeGreaterThanOrEqual(0);
    // Running in, steady wear, breakdown: above three quarters of the line to the limit, below it and what runs in.
    if (used > 0.1 && used < 0.9) expect(wear / used).toBeGreaterThan(0.75);
    expect(wear).toBeLessThan(used * 0.88 + 0.13 + used ** 6);
  }
  const edges = trace.lives_min.get("4")!;
  expect(edges.length).toBeGreaterThan(2);
  for (const edge of edges) expect(Math.max(...edge) / Math.min(...edge)).toBeCloseTo(1, 6);
  expect(new Set(edges.map(([life]) => life?.toFixed(3))).size).toBe(edges.length);
});

test("samples at a rate of our own are those that the controller would publish", () => {
  const run = new FastRun(planFleet([line], libraryWith())[0]!, 1);
  const seen: unknown[] = [];
  run.run(60, 61, 0.1, ["spindle-load", "no-such-signal"], ([load, none]) => seen.push(load, none));
  expect(seen).toHaveLength(20);
  expect(seen.filter((it) => it === undefined)).toHaveLength(10);
  expect(seen.every((it) => it === undefined || Number.isInteger(it))).toBe(true);
});
