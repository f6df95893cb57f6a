import { expect, test } from "vitest";
import { commandCnc } from "../../../src/equipment/cnc/commands.ts";
import { aloneCnc } from "../../support/cnc-plant.ts";

type Alone = ReturnType<typeof aloneCnc>;

/** Lets time go by in small steps until something holds. */
function until({ simulation }: Alone, holds: () => boolean, step_s = 0.1): void {
  const end_s = simulation.now_s + 10_000;
  while (!holds()) {
    if (simulation.now_s > end_s) throw new Error("it never came");
    simulation.run(simulation.now_s + step_s);
  }
}

const pass = (alone: Alone, span_s: number): void =>
  void alone.simulation.run(alone.simulation.now_s + span_s);

const turnOverride = (alone: Alone, which: string, percent: number): void =>
  expect(commandCnc(alone.machine, { name: "set-override", arguments: { which, percent } })).toEqual({
    done: true,
  });

const onMillTurn = (): Alone => aloneCnc("programs/shaft-42crmo4", 1, { model: "cnc/mill-turn-22kw" });

test("a feed a revolution follows the override of the spindle", () => {
  const alone = onMillTurn();
  const { machine, simulation } = alone;
  const velocity = (): number => machine.machining.pathVelocity.value(simulation.now_s);
  until(alone, () => machine.machining.spindle.cuttingPower.value(simulation.now_s) > 0);
  pass(alone, 2);
  const usual = velocity();
  turnOverride(alone, "spindle", 50);
  pass(alone, 2);
  expect(velocity() / usual).toBeCloseTo(0.5, 6);
});

test("the drive of a feed axis takes the power of the cut when turning as well", () => {
  const alone = onMillTurn();
  const { machine, simulation } = alone;
  until(alone, () => machine.machining.spindle.cuttingPower.value(simulation.now_s) > 0);
  pass(alone, 2);
  const z = machine.machining.axis("z");
  const now_s = simulation.now_s;
  const force_n = (z.load.value(now_s) / 100) * z.drive.rated;
  const power_kw = (force_n * Math.abs(z.velocity(now_s))) / 1e6;
  expect(machine.machining.axisPower.value(now_s) / power_kw).toBeCloseTo(1, 6);
});

test("an override that is turned while a pass comes to its end repeats none of those after it", () => {
  const time = (disturbed: boolean): number => {
    const alone = aloneCnc();
    const { machine, simulation } = alone;
    const axis = machine.machining.axis("x");
    const braking = (): boolean => {
      const motion = axis.position.followed(simulation.now_s);
      const [v, a] = [motion.velocity(simulation.now_s), motion.acceleration(simulation.now_s)];
      return machine.machining.cutting && v * a < 0 && Math.abs(v) < 10;
    };
    until(alone, braking, 0.001);
    if (disturbed) turnOverride(alone, "feed", 99);
    until(alone, () => machine.partsProduced.value === 1, 1);
    return simulation.now_s;
  };
  expect(time(true) / time(false)).toBeLessThan(1.02);
});
