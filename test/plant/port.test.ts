import { describe, expect, test } from "vitest";
import type { GroupSample } from "../../src/protocol/port.ts";
import { demoPlant } from "../support/demo-plant.ts";

const UNIT = "cnc-01";

describe("the plant behind the port", () => {
  test("serves the last tick, and nothing before the first", () => {
    const plant = demoPlant();
    expect(plant.read(UNIT, "thermal")).toBeUndefined();
    plant.advance(60);
    const sample = plant.read(UNIT, "motion")!;
    expect(sample.time_s).toBeLessThanOrEqual(60);
    expect(sample.time_s).toBeGreaterThan(59.5);
    expect(sample.timestamp_ms).toBe(Date.UTC(2026, 0, 1) + Math.round(sample.time_s * 1000));
    expect(sample.values).toHaveLength(plant.units[0]!.groups[0]!.signals.length);
    expect(plant.read(UNIT, "motion")).toBe(sample);
    expect(() => plant.read(UNIT, "nothing")).toThrow(/no group/);
  });

  test("hands a watcher every tick once, in order, the same that a reader sees", () => {
    const plant = demoPlant();
    const heard: GroupSample[] = [];
    const unwatch = plant.watch(UNIT, "motion", (sample) => {
      heard.push(sample);
      expect(plant.read(UNIT, "motion")).toBe(sample);
    });
    plant.advance(30);
    unwatch();
    plant.advance(60);
    expect(heard.length).toBeGreaterThan(80);
    expect(heard.map((sample) => sample.tick)).toEqual(heard.map((_, i) => i));
    unwatch();
  });

  test("gives a late watcher the same samples as an early one", () => {
    const [early, late] = [demoPlant(), demoPlant()];
    const heard: { early: GroupSample[]; late: GroupSample[] } = { early: [], late: [] };
    early.watch(UNIT, "motion", (sample) => heard.early.push(sample));
    late.advance(100);
    late.watch(UNIT, "motion", (sample) => heard.late.push(sample));
    early.advance(130);
    late.advance(130);
    expect(heard.late.length).toBeGreaterThan(80);
    expect(heard.late).toEqual(heard.early.slice(-heard.late.length));
  });

  test("asks whether it may go on, however few its cells are and however far it is to go", () => {
    const plant = demoPlant();
    let asked = 0;
    expect(plant.advance(365 * 86_400, () => ++asked < 3)).toBe(false);
    expect(plant.now_s).toBeLessThanOrEqual(3600);
  });

  test("lets time reach the present before a read", () => {
    const plant = demoPlant();
    plant.due = () => 42;
    expect(plant.read(UNIT, "motion")!.time_s).toBeGreaterThan(41.5);
  });

  test("has a digest that readers and watchers do not change", () => {
    const [alone, watched] = [demoPlant(), demoPlant()];
    for (const unit of watched.units) {
      for (const group of unit.groups) watched.watch(unit.name, group.id, () => undefined);
    }
    alone.advance(900);
    for (let time_s = 0; time_s <= 900; time_s += 7.3) watched.advance(time_s);
    watched.advance(900);
    expect(watched.digest).toBe(alone.digest);
    expect(watched.fired).toBe(alone.fired);
  });

  test("knows when there is something to do next, also after a command", () => {
    const plant = demoPlant();
    plant.advance(60);
    for (let step = 0; step < 200; step++) {
      const { next_s, fired, now_s } = plant;
      expect(next_s).toBeGreaterThan(now_s);
      plant.advance((now_s + next_s) / 2);
      expect(plant.fired).toBe(fired);
      if (step % 20 === 10) {
        plant.command(UNIT, { name: step % 40 === 10 ? "hold" : "start", arguments: {} });
      } else {
        plant.advance(next_s);
        expect(plant.fired).toBeGreaterThan(fired);
      }
    }
  });

  test("tells who looks at a cell of each instant as soon as time moves on, and of a command's as well", () => {
    const plant = demoPlant();
    const settled: number[] = [];
    const settle = (time_s: number): void => void settled.push(time_s);
    for (const { name } of plant.units) plant.observe(name, () => ({ next_s: Infinity, settle }));
    plant.advance(60);
    plant.advance(plant.next_s);
    const { now_s } = plant;
    expect(settled).not.toContain(now_s);
    expect(plant.next_s).toBe(now_s);
    plant.advance(now_s + 1e-9);
    expect(settled).toContain(now_s);
    const { now_s: asked_s, fired } = plant;
    const shelve = { name: "shelve", arguments: { condition: "vibration-high" } };
    expect(plant.command(UNIT, shelve).done).toBe(true);
    expect(plant.fired).toBe(fired);
    plant.advance(asked_s + 1e-9);
    expect(settled).toContain(asked_s);
  });

  test("wakes for who looks at a cell, though nothing happens there", () => {
    const [alone, watched] = [demoPlant(), demoPlant()];
    alone.advance(60.5);
    const between_s = (alone.now_s + alone.next_s) / 2;
    watched.observe(UNIT, () => ({ next_s: between_s, settle: () => undefined }));
    watched.advance(60.5);
    expect(watched.next_s).toBe(between_s);
  });
});
