import { expect, test } from "vitest";
import { Plant } from "../../src/plant/plant.ts";
import type { ViewQuery } from "../../src/runtime/result.ts";
import { mergeViews, viewPlant } from "../../src/runtime/view.ts";
import { demoPlan } from "../support/demo-plant.ts";

const TIME_S = 611;

/** The demo's units dealt out to so many plants, all at one time. */
function plants(count: number): Plant[] {
  const { units, start_ms } = demoPlan();
  return Array.from({ length: count }, (_, host) => {
    const own = units.filter((_unit, i) => i % count === host);
    const plant = new Plant(42, { start_ms, wireStart_ms: 0 }, own);
    plant.advance(TIME_S);
    return plant;
  });
}

const queries: [string, ViewQuery][] = [
  ["a page by name", { columns: ["program"], offset: 1, limit: 3 }],
  [
    "hottest first",
    { columns: [], sort: { by: "spindle-temperature", descending: true }, offset: 0, limit: 2 },
  ],
  ["by text", { columns: [], sort: { by: "machine-state", descending: false }, offset: 0, limit: 9 }],
  ["by what nobody has", { columns: [], sort: { by: "nothing", descending: true }, offset: 0, limit: 9 }],
  ["a group", { columns: ["spindle-load", "x-position"], group: "heavy", offset: 0, limit: 9 }],
  ["a name", { columns: ["energy"], text: "CNC-0", offset: 2, limit: 9 }],
  ["past the end", { columns: [], offset: 50, limit: 9 }],
];

test.each(queries)("%s is the same over one plant and over three", (_name, query) => {
  const [whole, ...parts] = [plants(1), plants(3)].map((hosts) =>
    mergeViews(
      hosts.map((plant) => viewPlant(plant, {}, query)),
      query,
    ),
  );
  expect(parts[0]).toEqual(whole);
});

test.each(queries)("%s of a host that has them all is the page itself", (_name, query) => {
  const [plant] = plants(1);
  const page = mergeViews([viewPlant(plant!, {}, query)], query);
  expect(viewPlant(plant!, {}, { ...query, isWhole: true })).toEqual(page);
});

test("a view has what was asked for, sorted and counted", () => {
  const [plant] = plants(1);
  const query = queries[1]![1];
  const { rows, states, matching } = mergeViews([viewPlant(plant!, {}, query)], query);
  const temperatures = rows.map((row) => row.values["spindle-temperature"] as number);
  expect(temperatures[0]).toBeGreaterThanOrEqual(temperatures[1]!);
  expect(rows).toHaveLength(2);
  expect(Object.values(states).reduce((a, b) => a + b)).toBe(matching);
  expect(viewPlant(plant!, {}, queries[5]![1]).matching).toBe(3);
});
