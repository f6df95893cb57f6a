/** How units get on: against the events of the same plant, counted by hand. */
import { describe, expect, test } from "vitest";
import { designCycles } from "../../src/plant/design-cycle.ts";
import { Plant } from "../../src/plant/plant.ts";
import type { UnitEvent } from "../../src/protocol/port.ts";
import { viewPlant } from "../../src/runtime/view.ts";
import { WorkBooks } from "../../src/runtime/work-books.ts";
import type { Plan } from "../../src/scenario/plan.ts";
import { demoPlan } from "../support/demo-plant.ts";

function watched(plan: Plan = demoPlan()): { plant: Plant; books: WorkBooks; events: UnitEvent[] } {
  const plant = new Plant(plan.seed, { start_ms: plan.start_ms, wireStart_ms: plan.start_ms }, plan.units);
  const books = new WorkBooks(plant, plan.units);
  const events: UnitEvent[] = [];
  for (const { name } of plan.units) plant.events(name, (event) => events.push(event));
  return { plant, books, events };
}

const programOf = ({ source }: UnitEvent): boolean => source === "program-state";

test("a design cycle is what an undisturbed machine takes, with the handling of its model", () => {
  const plan = demoPlan();
  const { plant, events } = watched(plan);
  plant.advance(3600);
  const begun = new Map<string, number>();
  for (const event of events.filter(programOf)) {
    if (event.fields["to"] === "Running") begun.set(event.unit, event.time_s);
    if (event.fields["to"] !== "Ended") continue;
    const unit = plan.units.find(({ name }) => name === event.unit)!;
    const { program_s, cycle_s } = designCycles(unit).get(String(event.fields["program"]))!;
    const taken_s = event.time_s - begun.get(event.unit)!;
    // Tool changes scatter.
    expect(Math.abs(taken_s - program_s)).toBeLessThan(0.05 * program_s);
    const { load, unload } = unit.model.handling;
    expect(cycle_s).toBeCloseTo(program_s + load.median_s + unload.median_s, 9);
  }
  expect(begun.size).toBe(5);
});

describe("a unit's book", () => {
  test("tells how far a program is, and nothing between two", () => {
    const { plant, books, events } = watched();
    plant.advance(120);
    const begin = events.find((event) => event.unit === "cnc-01" && event.fields["to"] === "Running")!;
    const cycles = designCycles(demoPlan().units[0]!).get("O1001-BRACKET")!;
    const { progress, cycle_s } = books.of("cnc-01");
    expect(progress).toBeCloseTo((120 - begin.time_s) / cycles.program_s, 9);
    expect(cycle_s).toBe(cycles.cycle_s);
    plant.command("cnc-01", { name: "stop", arguments: {} });
    plant.advance(180);
    expect(books.of("cnc-01")).toMatchObject({ progress: undefined, cycle_s: undefined });
  });

  test("tells availability, performance and quality of what was made since the start", () => {
    const { plant, books, events } = watched();
    plant.advance(600);
    plant.command("cnc-01", { name: "stop", arguments: {} });
    plant.advance(1200);
    plant.command("cnc-01", { name: "start", arguments: {} });
    plant.advance(3600);
    const made = events.filter(({ unit, kind }) => unit === "cnc-01" && kind === "production").length;
    const { cycle_s } = designCycles(demoPlan().units[0]!).get("O1001-BRACKET")!;
    const { availability, performance, quality, oee, lost_s, planned_s } = books.of("cnc-01").effectiveness;
    expect(planned_s).toBe(3600);
    // It stood for ten minutes, once the tool was out of the way.
    expect(lost_s.waiting).toBeGreaterThan(570);
    expect(lost_s.waiting).toBeLessThan(600);
    expect(availability).toBeCloseTo(1 - lost_s.waiting / 3600, 9);
    expect(performance).toBeCloseTo((made * cycle_s) / (3600 - lost_s.waiting), 9);
    expect(quality).toBe(made / (made + 1));
    expect(oee).toBe(availability * performance * quality);
    expect(books.of("cnc-02").effectiveness.availability).toBe(1);
  });

  test("is a column of the fleet's table that it can be sorted by", () => {
    const { plant, books } = watched();
    plant.advance(700);
    plant.command("mill-01", { name: "stop", arguments: {} });
    plant.advance(3600);
    const query = { columns: ["oee", "cycle-progress"], sort: { by: "oee", descending: false } };
    const { rows } = viewPlant(plant, {}, { ...query, offset: 0, limit: 3 }, { books });
    expect(rows.map(({ name }) => name)[0]).toBe("mill-01");
    for (const { name, values } of rows) expect(values["oee"]).toBe(books.of(name).effectiveness.oee);
    expect(rows[0]!.values).not.toHaveProperty("cycle-progress");
    const without = viewPlant(plant, {}, { columns: ["oee"], offset: 0, limit: 3 });
    expect(without.rows[0]!.values).not.toHaveProperty("oee");
  });
});
