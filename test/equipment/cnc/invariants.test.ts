import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commandCnc } from "../../../src/equipment/cnc/commands.ts";
import { aloneCnc } from "../../support/cnc-plant.ts";

type Alone = ReturnType<typeof aloneCnc>;

const WORK = [
  ["programs/bracket-al", "cnc/vmc-3axis-15kw"],
  ["programs/shaft-42crmo4", "cnc/mill-turn-22kw"],
  ["programs/bracket-ti", "cnc/umc-5axis-25kw"],
] as const;

interface Key {
  readonly after_s: number;
  readonly name: string;
  readonly which: string;
  readonly percent: number;
}

const key: fc.Arbitrary<Key> = fc.record({
  after_s: fc.double({ min: 0.2, max: 90, noNaN: true }),
  name: fc.constantFrom("hold", "start", "set-override", "stop", "reset", "change-tool"),
  which: fc.constantFrom("feed", "rapid", "spindle"),
  percent: fc.integer({ min: 1, max: 100 }),
});

/** Presses keys at odd times, and looks at the machine every tenth of a second. */
function press(alone: Alone, keys: readonly Key[], look: (time_s: number) => void): void {
  const { simulation, machine } = alone;
  for (const { after_s, name, which, percent } of keys) {
    const end_s = simulation.now_s + after_s;
    for (let time_s = simulation.now_s; time_s < end_s; time_s += 0.1) {
      simulation.run(time_s);
      look(time_s);
    }
    simulation.run(end_s);
    commandCnc(machine, { name, arguments: { which, percent, tool: 3 } });
    simulation.run(end_s);
    // A machine that is held or stopped is started again now and then.
    if (percent > 60) commandCnc(machine, { name: "start", arguments: {} });
  }
}

describe.each(WORK)("%s on %s, whatever keys are pressed", (program, model) => {
  test("keeps axes and spindles inside their limits, wear growing and counters in step", () => {
    fc.assert(
      fc.property(fc.array(key, { minLength: 10, maxLength: 25 }), fc.nat(1000), (keys, seed) => {
        const alone = aloneCnc(program, seed, { model });
        const { axes, spindles, magazine } = alone.machine.machining;
        const worn = new Map<number, readonly [wear_mm: number, minutes: number]>();
        let [parts, energy_kwh] = [0, 0];
        alone.machine.context.events.listen(({ kind }) => (parts += kind === "production" ? 1 : 0));
        press(alone, keys, (time_s) => {
          for (const axis of axes) {
            const { low, high, rapid_min, acceleration } = axis.drive;
            for (const place of [axis.position.value(time_s), axis.actual.value(time_s)]) {
              expect(place).toBeGreaterThanOrEqual(low - 1e-6);
              expect(place).toBeLessThanOrEqual(high + 1e-6);
            }
            expect(Math.abs(axis.velocity(time_s))).toBeLessThanOrEqual((rapid_min / 60) * (1 + 1e-9));
            const a = Math.abs(axis.position.followed(time_s).acceleration(time_s));
            expect(a).toBeLessThanOrEqual(acceleration * (1 + 1e-9));
          }
          for (const spindle of spindles) {
            expect(spindle.speed.value(time_s)).toBeLessThanOrEqual(spindle.model.speedMax_rpm + 1e-6);
          }
          for (const [number, tool] of magazine) {
            const now = [tool.wear.value(time_s), tool.minutes.value(time_s)] as const;
            const before = worn.get(number) ?? [0, 0];
            // Only a new edge has worn less.
            if (now[1] >= before[1]) expect(now[0]).toBeGreaterThanOrEqual(before[0] - 1e-12);
            worn.set(number, now);
          }
          energy_kwh = alone.machine.meter.energy.value(time_s);
        });
        const { partsProduced, partsScrapped } = alone.machine;
        expect(partsProduced.value).toBeLessThanOrEqual(parts);
        expect(partsProduced.value + partsScrapped.value).toBeGreaterThanOrEqual(parts);
        expect(energy_kwh).toBeGreaterThan(0);
      }),
      { seed: 4, numRuns: 12 },
    );
  });
});

test("energy is the integral of the power on a mill-turn as well", () => {
  const { simulation, machine } = aloneCnc("programs/shaft-42crmo4", 2, { model: "cnc/mill-turn-22kw" });
  const step_s = 0.005;
  let integral_kwh = 0;
  for (let n = 1; n * step_s <= 300; n++) {
    simulation.run(n * step_s);
    integral_kwh += (machine.meter.activePower.value((n - 0.5) * step_s) * step_s) / 3600;
  }
  expect(machine.meter.energy.value(300)).toBeGreaterThan(0.3);
  expect(machine.meter.energy.value(300) / integral_kwh).toBeCloseTo(1, 3);
});

test("an override that is turned in the cut takes effect at once, and the pass ends where it should", () => {
  const alone = aloneCnc();
  const { simulation, machine } = alone;
  const cutting = (): boolean => machine.machining.spindle.cuttingPower.value(simulation.now_s) > 0;
  while (!cutting()) simulation.run(simulation.now_s + 0.1);
  simulation.run(simulation.now_s + 1);
  const before = machine.machining.pathVelocity.value(simulation.now_s);
  const full_kw = machine.machining.spindle.cuttingPower.value(simulation.now_s);
  commandCnc(machine, { name: "set-override", arguments: { which: "feed", percent: 50 } });
  simulation.run(simulation.now_s + 0.5);
  expect(machine.machining.pathVelocity.value(simulation.now_s) / before).toBeCloseTo(0.5, 6);
  const half_kw = machine.machining.spindle.cuttingPower.value(simulation.now_s);
  // Kienzle: power follows feed to the power of 1 − m_c.
  expect(half_kw / full_kw).toBeCloseTo(Math.pow(0.5, 1 - 0.23), 2);
  while (machine.partsProduced.value === 0) simulation.run(simulation.now_s + 1);
  expect(machine.partsScrapped.value).toBe(0);
});
