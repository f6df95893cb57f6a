import { expect, test } from "vitest";
import { CutFinder } from "../../bench/fidelity/cuts.ts";

/** Two passes of 60 mm with a step over between them, at 1 mm a sample; the value counts samples. */
function zigzag(): CutFinder {
  const finder = new CutFinder(20, 5);
  let [x, y, n] = [0, 0, 0];
  const look = (state: string, tool = "4"): void =>
    finder.add({ time_s: n / 10, state, tool, position: [x, y, -10], values: [n++, 7] });
  look("Rapid");
  for (; x < 60; x++) look("Cutting");
  for (; y < 10; y++) look("Cutting");
  for (; x > 0; x--) look("Cutting");
  look("ToolChange", "");
  finder.close();
  return finder;
}

test("each pass is a cut, without its ends; the step over is too short to be one", () => {
  const { cuts } = zigzag();
  expect(cuts).toHaveLength(2);
  for (const { tool, series } of cuts) {
    expect(tool).toBe("4");
    expect(series).toHaveLength(2);
    expect(series[0]!.length).toBeGreaterThanOrEqual(48);
    expect(series[0]!.length).toBeLessThanOrEqual(52);
    expect(new Set(series[1])).toEqual(new Set([7]));
  }
  expect(cuts[0]!.from_s).toBeCloseTo(0.6, 1);
});

test("a standing axis and a rapid move are no cuts", () => {
  const finder = new CutFinder(5, 0);
  for (let n = 0; n < 50; n++)
    finder.add({ time_s: n, state: "Cutting", tool: "1", position: [0, 0, 0.0005 * (n % 2)], values: [] });
  for (let n = 0; n < 50; n++)
    finder.add({ time_s: 50 + n, state: "Rapid", tool: "1", position: [n, 0, 0], values: [] });
  finder.close();
  expect(finder.cuts).toEqual([]);
});
