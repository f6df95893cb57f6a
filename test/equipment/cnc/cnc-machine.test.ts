import { describe, expect, test } from "vitest";
import { aloneCnc } from "../../support/cnc-plant.ts";

const HOUR_S = 3600;

/** Runs for a while and calls back in small steps of plant time. */
function observe(
  alone: ReturnType<typeof aloneCnc>,
  span_s: number,
  step_s: number,
  look: (time_s: number) => void,
): void {
  for (let n = 0; n * step_s <= span_s; n++) {
    alone.simulation.run(n * step_s);
    look(n * step_s);
  }
}

describe("a machining centre", () => {
  test("makes part after part in the order of its program", () => {
    const alone = aloneCnc();
    const states: string[] = [];
    const tools: string[] = [];
    observe(alone, 300, 0.1, () => {
      const state = alone.machine.control.machineState.state;
      if (state !== states.at(-1)) states.push(state);
      const tool = alone.machine.machining.toolNumber.value;
      if (tool !== tools.at(-1)) tools.push(tool);
    });
    expect(tools.slice(0, 7)).toEqual(["", "1", "", "3", "", "7", ""]);
    expect(states.slice(0, 6)).toEqual(["Ready", "ToolChange", "Rapid", "Cutting", "Rapid", "ToolChange"]);
    expect(states).toContain("Unloading");
    expect(states.indexOf("Loading")).toBeGreaterThan(states.indexOf("Unloading"));
    expect(alone.machine.partsProduced.value).toBe(1);
  });

  test("shows an empty tool number while the changer is at work", () => {
    const alone = aloneCnc();
    let changes = 0;
    observe(alone, HOUR_S, 0.5, () => {
      if (alone.machine.control.machineState.state !== "ToolChange") return;
      changes++;
      expect(alone.machine.machining.toolNumber.value).toBe("");
    });
    expect(changes).toBeGreaterThan(20);
  });

  test("keeps inside what its model allows", () => {
    const alone = aloneCnc();
    const { spindle, axes } = alone.machine.model;
    let fastest = 0;
    observe(alone, 600, 0.02, (time_s) => {
      expect(alone.machine.machining.spindle.speed.value(time_s)).toBeLessThanOrEqual(
        spindle.speedMax_rpm + 1e-9,
      );
      expect(alone.machine.machining.spindle.power.value(time_s)).toBeLessThan(spindle.powerPeak_kw + 2);
      for (const name of ["x", "y", "z"] as const) {
        const position = alone.machine.machining.axis(name).position.value(time_s);
        expect(position).toBeGreaterThanOrEqual(axes[name].low_mm);
        expect(position).toBeLessThanOrEqual(axes[name].high_mm);
        fastest = Math.max(fastest, Math.abs(alone.machine.machining.axis(name).velocity(time_s)) * 60);
      }
    });
    expect(fastest).toBeGreaterThan(30_000);
    expect(fastest).toBeLessThanOrEqual(36_000 * (1 + 1e-9));
  });

  test("runs its spindle up to full speed in the 2.2 s of its class", () => {
    const { machine } = aloneCnc();
    expect(machine.machining.turn(12_000)).toBeCloseTo(2.2, 1);
  });

  test("meters exactly the integral of its power", () => {
    const alone = aloneCnc();
    const step_s = 0.005;
    let integral_kwh = 0;
    observe(alone, 400, step_s, (time_s) => {
      if (time_s > 0)
        integral_kwh += (alone.machine.meter.activePower.value(time_s - step_s / 2) * step_s) / HOUR_S;
    });
    expect(alone.machine.meter.energy.value(400)).toBeGreaterThan(0.4);
    expect(alone.machine.meter.energy.value(400) / integral_kwh).toBeCloseTo(1, 3);
  });

  test("heats its spindle with work, and its limit is silent in normal work", () => {
    const alone = aloneCnc();
    alone.simulation.run(2 * HOUR_S);
    expect(alone.machine.machining.spindle.temperature.value(2 * HOUR_S)).toBeGreaterThan(26);
    expect(alone.condition("spindle-temperature-high").active).toBe(false);
  });

  test("raises its temperature condition from the measured temperature alone", () => {
    const alone = aloneCnc();
    const { simulation, machine } = alone;
    simulation.run(100);
    machine.machining.spindle.temperature.set(100, 63);
    simulation.run(105);
    expect(alone.condition("spindle-temperature-high").active).toBe(false);
    simulation.run(111);
    expect(alone.published("spindle-temperature-high")).toBe(true);
  });

  test("feeds half as fast at half the override", () => {
    const half = aloneCnc();
    half.machine.machining.overrides.turn("feed", 50);
    const whole = aloneCnc();
    const cycle = (alone: typeof half): number => {
      while (alone.machine.partsProduced.value === 0) alone.simulation.run(alone.simulation.next_s);
      return alone.simulation.now_s;
    };
    expect(cycle(half)).toBeGreaterThan(1.6 * cycle(whole));
  });
});

describe("what the controller publishes", () => {
  test("is in type and range, all the time", () => {
    const alone = aloneCnc();
    observe(alone, HOUR_S, 1.7, (time_s) => {
      for (const { signals } of alone.groups) {
        for (const signal of signals) {
          const value = alone.published(signal.id, time_s);
          if (signal.type === "string") expect(typeof value).toBe("string");
          else if (signal.type === "boolean") expect(typeof value).toBe("boolean");
          else if (signal.type !== "double") expect(Number.isInteger(value)).toBe(true);
          if ("truth" in signal && signal.range) {
            expect(value).toBeGreaterThanOrEqual(signal.range.low);
            expect(value).toBeLessThanOrEqual(signal.range.high);
            expect(signal.unit).toBeDefined();
          }
        }
      }
    });
  });

  test("looks like a machine: standing axes dither, the vertical axis carries its weight, run-up overloads", () => {
    const alone = aloneCnc();
    const seen = { standingX: new Set<unknown>(), zLoad: [] as number[], load: [] as number[] };
    observe(alone, 600, 0.35, () => {
      if (alone.machine.control.machineState.state === "Loading")
        seen.standingX.add(alone.published("x-position"));
      seen.zLoad.push(alone.published("z-load") as number);
      seen.load.push(alone.published("spindle-load") as number);
    });
    expect(seen.standingX.size).toBeGreaterThan(1);
    expect(seen.standingX.size).toBeLessThan(8);
    const sorted = seen.zLoad.sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeGreaterThan(45);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(55);
    expect(Math.max(...seen.load)).toBeGreaterThan(130);
    expect(Math.max(...seen.load)).toBeLessThan(180);
  });

  test("is the same when read late", () => {
    const alone = aloneCnc();
    const { poll, signals } = alone.groups[0]!;
    const id = signals[6]!.id;
    alone.simulation.run(60);
    const tick = poll.lastTick(60);
    const early = alone.published(id, poll.timeOf(tick));
    alone.simulation.run(68);
    expect(alone.published(id, poll.timeOf(tick))).toBe(early);
  });
});

describe("the digest of a machine", () => {
  const digest = (program: string, seed: number, span_s: number): string => {
    const alone = aloneCnc(program, seed);
    alone.simulation.run(span_s);
    return alone.digest.hex;
  };

  test("is the same for the same seed and another for another", () => {
    expect(digest("programs/bracket-al", 1, 900)).toBe(digest("programs/bracket-al", 1, 900));
    expect(digest("programs/bracket-al", 1, 900)).not.toBe(digest("programs/bracket-al", 2, 900));
  });

  test("does not depend on how the run was cut into pieces, nor on readers", () => {
    const pieces = aloneCnc();
    for (let t = 0; t <= 900; t += 0.7) {
      pieces.simulation.run(t);
      pieces.published("spindle-load");
    }
    pieces.simulation.run(900);
    expect(pieces.digest.hex).toBe(digest("programs/bracket-al", 1, 900));
  });
});
