import { expect, test } from "vitest";
import { Simulation } from "../../src/engine/simulation.ts";
import { RandomKey } from "../../src/engine/random.ts";
import { Chronicle } from "../../src/equipment/chronicle.ts";
import { commandCondition } from "../../src/equipment/condition-commands.ts";
import { Condition, type ConditionHead } from "../../src/equipment/condition.ts";
import { REFUSAL, type CommandOutcome } from "../../src/equipment/command.ts";
import { UnitContext } from "../../src/equipment/unit-context.ts";
import type { NumberedHappening } from "../../src/equipment/unit-events.ts";
import type { Quantity } from "../../src/signal/quantity.ts";

const HEAD: ConditionHead = {
  id: "hot",
  title: "Hot",
  description: "It is hot.",
  message: "TOO HOT",
  code: "42",
  severity: 600,
  category: "process",
  signal: "temperature",
};

class Bench {
  readonly simulation = new Simulation();
  readonly chronicle = new Chronicle();
  readonly context = new UnitContext("unit", this.simulation, RandomKey.root(1), this.chronicle, 10);
  readonly heat: Quantity = this.context.quantity("temperature", 20);
  readonly condition = new Condition(this.context, HEAD, this.heat, {
    direction: "above",
    level: 60,
    hysteresis: 5,
    delay_s: 2,
  });
  readonly heard: NumberedHappening[] = [];

  constructor() {
    this.context.events.listen((happening) => this.heard.push(happening));
  }

  at(time_s: number): this {
    this.simulation.run(time_s);
    return this;
  }

  heatTo(temperature_c: number): this {
    this.heat.set(this.simulation.now_s, temperature_c);
    return this;
  }

  ask(name: string, given: Record<string, string | number> = {}): CommandOutcome | undefined {
    return commandCondition([this.condition], { name, arguments: { condition: "hot", ...given } });
  }

  get changes(): unknown[] {
    return this.heard.map(({ number, time_s, fields }) => [number, time_s, fields.change]);
  }
}

test("a condition lives from active over acknowledged to confirmed, and being normal again ends neither duty", () => {
  const bench = new Bench();
  bench.at(10).heatTo(70).at(15);
  expect(bench.condition).toMatchObject({ active: true, acknowledged: false, confirmed: false });
  expect(bench.ask("confirm")).toMatchObject({ status: REFUSAL.invalidState });
  bench.heatTo(20).at(20);
  expect(bench.condition).toMatchObject({ active: false, acknowledged: false, activeChanged_s: 15 });
  expect(bench.ask("acknowledge", { comment: "seen", by: "ann" })).toEqual({ done: true });
  expect(bench.condition).toMatchObject({ acknowledged: true, confirmed: false, changed_s: 20 });
  expect(bench.ask("acknowledge")).toMatchObject({ status: REFUSAL.alreadyAcknowledged });
  bench.at(25);
  expect(bench.ask("confirm")).toEqual({ done: true });
  expect(bench.ask("confirm")).toMatchObject({ status: REFUSAL.alreadyConfirmed });
  expect(bench.condition).toMatchObject({ confirmed: true, comment: "seen", commentBy: "ann" });
  expect(bench.changes).toEqual([
    [0, 12, "active"],
    [1, 15, "inactive"],
    [2, 20, "acknowledged"],
    [3, 25, "confirmed"],
  ]);
  expect(bench.heard.map(({ message, severity }) => [message, severity])).toEqual([
    ["TOO HOT", 600],
    ["Hot: back to normal", 100],
    ["Hot: back to normal", 100],
    ["Hot: back to normal", 100],
  ]);
});

test("a condition that is active again asks for both anew, and keeps its comment until there is another", () => {
  const bench = new Bench();
  bench.heatTo(70).at(5);
  bench.ask("acknowledge", { comment: "first" });
  bench.ask("confirm");
  bench.heatTo(20).at(6).heatTo(70).at(10);
  expect(bench.condition).toMatchObject({ acknowledged: false, confirmed: false, comment: "first" });
  bench.ask("comment", { comment: "second", by: "ben" });
  expect(bench.condition).toMatchObject({ acknowledged: false, comment: "second", commentBy: "ben" });
});

test("shelved for a time it comes back by itself, once it comes back with the end of the alarm", () => {
  const bench = new Bench();
  expect(bench.ask("unshelve")).toMatchObject({ status: REFUSAL.notShelved });
  bench.ask("shelve", { duration_s: 30 });
  expect(bench.condition.shelving).toBe("timed-shelved");
  expect(bench.ask("shelve", { duration_s: 5 })).toMatchObject({ status: REFUSAL.alreadyShelved });
  expect(bench.at(29).condition.shelving).toBe("timed-shelved");
  expect(bench.at(30).condition.shelving).toBe("unshelved");
  expect(bench.ask("shelve", { duration_s: -1 })).toMatchObject({ status: REFUSAL.shelvingTimeOutOfRange });
  expect(bench.ask("shelve", { duration_s: "long" })).toMatchObject({ status: REFUSAL.invalidArgument });
  bench.ask("shelve", { duration_s: 30 });
  bench.ask("shelve");
  bench.heatTo(70).at(70);
  expect(bench.condition.shelving).toBe("one-shot-shelved");
  bench.heatTo(20).at(71);
  expect(bench.condition.shelving).toBe("unshelved");
});

test("what people do about a condition is in the digest", () => {
  const [one, other] = [new Bench(), new Bench()];
  one.heatTo(70).at(5);
  other.heatTo(70).at(5);
  expect(one.chronicle.hex).toBe(other.chronicle.hex);
  one.ask("acknowledge");
  expect(one.chronicle.hex).not.toBe(other.chronicle.hex);
});

test("an unknown condition is refused, another command is none of ours, and a stopped listener hears nothing", () => {
  const bench = new Bench();
  expect(commandCondition([bench.condition], { name: "shelve", arguments: { condition: "cold" } })).toEqual({
    done: false,
    status: REFUSAL.notFound,
    reason: 'there is no condition "cold"',
  });
  expect(bench.ask("toString")).toBeUndefined();
  const late: number[] = [];
  const stop = bench.context.events.listen(({ number }) => late.push(number));
  bench.ask("comment", { comment: "a" });
  stop();
  bench.ask("comment", { comment: "b" });
  expect([late, bench.heard.length]).toEqual([[0], 2]);
});
