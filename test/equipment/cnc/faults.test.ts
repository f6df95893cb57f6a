import { describe, expect, test } from "vitest";
import { CNC_FAULTS } from "../../../src/equipment/cnc/faults/catalogue.ts";
import { REFUSAL, type CommandOutcome } from "../../../src/equipment/command.ts";
import { aloneCnc } from "../../support/cnc-plant.ts";

type Alone = ReturnType<typeof aloneCnc>;
type Given = Record<string, string | number>;

const inject = ({ faults, simulation }: Alone, fault: string, given: Given = {}): CommandOutcome => {
  const outcome = faults.command({ name: "inject-fault", arguments: { fault, id: fault, ...given } })!;
  simulation.run(simulation.now_s);
  return outcome;
};
const clear = ({ faults }: Alone, id: string): CommandOutcome =>
  faults.command({ name: "clear-fault", arguments: { id } })!;

/** Plant time at which one of the conditions is active; undefined when none is within the limit. */
function alarm(alone: Alone, ids: readonly string[], limit_s: number): number | undefined {
  const end_s = alone.simulation.now_s + limit_s;
  while (alone.simulation.now_s < end_s) {
    if (ids.some((id) => alone.condition(id).active)) return alone.simulation.now_s;
    alone.simulation.run(alone.simulation.now_s + 0.25);
  }
  return undefined;
}

test("there are the fourteen of the reference and the dip of the mains, each documented", () => {
  expect(CNC_FAULTS).toHaveLength(15);
  expect(new Set(CNC_FAULTS.map(({ id }) => id)).size).toBe(15);
  for (const { description, title } of CNC_FAULTS) {
    expect(description).toMatch(/\.$/);
    expect(title).not.toBe("");
  }
});

describe.each(CNC_FAULTS.filter(({ raises }) => raises.length > 0))("$id", ({ id, raises, onset_s }) => {
  test("raises its alarm through what is measured, and not without it", () => {
    const [faulty, sound] = [aloneCnc(), aloneCnc()];
    for (const alone of [faulty, sound]) alone.simulation.run(30);
    expect(inject(faulty, id, { severity: 1 })).toEqual({ done: true });
    const alarmed_s = alarm(faulty, raises, onset_s + 600);
    expect(alarmed_s).toBeDefined();
    expect(alarm(sound, raises, alarmed_s! - 30 + 60)).toBeUndefined();
  });

  test("ends with its cause, and the machine makes parts again", () => {
    const alone = aloneCnc();
    alone.simulation.run(30);
    inject(alone, id, { severity: 1 });
    alarm(alone, raises, onset_s + 600);
    alone.simulation.run(alone.simulation.now_s + 60);
    expect(clear(alone, id)).toEqual({ done: true });
    const sofar = alone.machine.partsProduced.value;
    alone.simulation.run(alone.simulation.now_s + 3600);
    expect(raises.filter((condition) => alone.condition(condition).active)).toEqual([]);
    expect(alone.machine.partsProduced.value).toBeGreaterThan(sofar + 5);
  });

  test("that is slight raises none", () => {
    if (id === "tool-breakage") return;
    const alone = aloneCnc();
    alone.simulation.run(30);
    inject(alone, id, { severity: 0.05 });
    expect(alarm(alone, raises, onset_s + 300)).toBeUndefined();
  });
});

test("windows that overlap add, and each takes back its own", () => {
  const alone = aloneCnc();
  const { measured } = alone.machine.auxiliaries.hydraulicPressure;
  const settled = (): number => {
    alone.simulation.run(alone.simulation.now_s + 900);
    return measured.value(alone.simulation.now_s);
  };
  inject(alone, "clamp-leak", { id: "a", severity: 0.2 });
  inject(alone, "clamp-leak", { id: "b", severity: 0.1 });
  expect(settled()).toBeCloseTo(60 - 9, 3);
  clear(alone, "a");
  expect(settled()).toBeCloseTo(60 - 3, 3);
  clear(alone, "b");
  expect(settled()).toBeCloseTo(60, 3);
});

test("one of the scenario takes the place of one by hand that has its id, and none stays for ever", () => {
  const alone = aloneCnc();
  const { simulation, faults } = alone;
  const parameters = faults.kinds.get("clamp-leak")!.parameters.parse({});
  faults.schedule({ id: "a", kind: "clamp-leak", at_s: 5, for_s: undefined, every_s: undefined, parameters });
  inject(alone, "clamp-leak", { id: "a" });
  simulation.run(10);
  expect(faults.windows).toMatchObject([
    { id: "a", from_s: 0, until_s: 5 },
    { id: "a", from_s: 5, until_s: undefined },
  ]);
  clear(alone, "a");
  expect(faults.present).toEqual([]);
});

test("one with a time ends by itself, and another one that has its id by then stays", () => {
  const alone = aloneCnc();
  const { simulation, faults } = alone;
  inject(alone, "clamp-leak", { id: "a", for_s: 10 });
  expect(faults.present).toMatchObject([{ id: "a", from_s: 0, ends_s: 10 }]);
  simulation.run(10);
  expect(faults.windows).toMatchObject([{ id: "a", until_s: 10 }]);
  inject(alone, "clamp-leak", { id: "a", for_s: 10 });
  simulation.run(15);
  clear(alone, "a");
  inject(alone, "clamp-leak", { id: "a" });
  simulation.run(30);
  expect(faults.present).toMatchObject([{ id: "a", from_s: 15, ends_s: undefined }]);
  expect(inject(alone, "clamp-leak", { id: "b", for_s: "long" })).toMatchObject({
    status: REFUSAL.outOfRange,
  });
});

test("blunt tools cost power and what they wore off meanwhile stays", () => {
  const alone = aloneCnc();
  const tool = alone.machine.machining.magazine.get(3)!;
  const own_mm = tool.wear.value(0);
  inject(alone, "tool-wear", { severity: 1 });
  alone.simulation.run(1);
  expect(tool.wear.value(1)).toBeCloseTo(0.3, 6);
  alone.simulation.run(900);
  clear(alone, "tool-wear");
  expect(tool.wear.value(900)).toBeGreaterThan(own_mm);
  expect(tool.wear.value(900)).toBeLessThan(0.3);
});

test("a tool that breaks jams for a moment, then cuts air, and its part is scrap", () => {
  const alone = aloneCnc();
  const { simulation, machine } = alone;
  const power = (): number => machine.machining.spindle.cuttingPower.value(simulation.now_s);
  while (power() === 0) simulation.run(simulation.now_s + 0.1);
  const usual_kw = power();
  inject(alone, "tool-breakage");
  simulation.run(simulation.now_s + 0.05);
  expect(power() / usual_kw).toBeCloseTo(3, 6);
  simulation.run(simulation.now_s + 2);
  expect(power()).toBe(0);
  expect(machine.control.programState.state).toBe("Aborted");
  expect(machine.partsScrapped.value).toBe(1);
});

test("what makes no sense is refused with a reason", () => {
  const alone = aloneCnc();
  expect(inject(alone, "gremlins")).toMatchObject({ status: REFUSAL.notFound });
  expect(inject(alone, "air-dip", { severity: 2 })).toMatchObject({ status: REFUSAL.outOfRange });
  expect(inject(alone, "guide-wear", { axis: "q" })).toMatchObject({ status: REFUSAL.outOfRange });
  expect(inject(alone, "air-dip", { id: "" })).toMatchObject({ status: REFUSAL.invalidArgument });
  expect(inject(alone, "air-dip", { severity: 0.1 })).toEqual({ done: true });
  expect(inject(alone, "air-dip", { severity: 0.1 })).toMatchObject({ status: REFUSAL.invalidState });
  expect(clear(alone, "nobody")).toMatchObject({ status: REFUSAL.notFound });
});

test("a tank that leaks never holds less than nothing, and somebody fills it up", () => {
  const alone = aloneCnc();
  const { level } = alone.machine.auxiliaries.coolantLevel;
  inject(alone, "coolant-low", { severity: 1 });
  for (let n = 0; n < 200; n++) {
    alone.simulation.run(alone.simulation.now_s + 60);
    expect(level.value(alone.simulation.now_s)).toBeGreaterThanOrEqual(0);
  }
  clear(alone, "coolant-low");
  alone.simulation.run(alone.simulation.now_s + 7200);
  expect(level.value(alone.simulation.now_s)).toBeGreaterThan(45);
});

test("an alarm in an operator's hold leaves the hold when it goes", () => {
  const alone = aloneCnc();
  const { simulation, machine } = alone;
  const shown = (): string => machine.control.machineState.state;
  while (shown() !== "Cutting") simulation.run(simulation.now_s + 0.5);
  expect(machine.hold()).toEqual({ done: true });
  inject(alone, "air-dip", { severity: 1 });
  simulation.run(simulation.now_s + 30);
  expect(alone.condition("air-pressure-low").active).toBe(true);
  expect(machine.start()).toMatchObject({ status: REFUSAL.invalidState });
  clear(alone, "air-dip");
  simulation.run(simulation.now_s + 900);
  expect([shown(), machine.control.held]).toEqual(["Hold", true]);
  expect(machine.start()).toEqual({ done: true });
  expect(shown()).toBe("Cutting");
});
