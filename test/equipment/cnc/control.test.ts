import { describe, expect, test } from "vitest";
import { commandCnc } from "../../../src/equipment/cnc/commands.ts";
import { REFUSAL, type CommandOutcome } from "../../../src/equipment/command.ts";
import { aloneCnc } from "../../support/cnc-plant.ts";

type Alone = ReturnType<typeof aloneCnc>;

const ask = (
  { machine, simulation }: Alone,
  name: string,
  given: Record<string, string | number> = {},
): CommandOutcome => {
  const outcome = commandCnc(machine, { name, arguments: given });
  simulation.run(simulation.now_s);
  return outcome;
};

/** Lets time go by in small steps until something holds. */
function until(alone: Alone, holds: () => boolean, limit_s = 4000): number {
  const { simulation } = alone;
  const end_s = simulation.now_s + limit_s;
  while (!holds()) {
    if (simulation.now_s > end_s) throw new Error("it never came");
    simulation.run(simulation.now_s + 0.1);
  }
  return simulation.now_s;
}

const cutting = ({ machine }: Alone) => machine.control.machineState.state === "Cutting";
const states = ({ machine }: Alone): string[] => [
  machine.control.programState.state,
  machine.control.channelState.state,
  machine.control.itemState.state,
  machine.control.machineState.state,
];
const place = ({ machine, simulation }: Alone): number[] =>
  machine.machining.axes.map((axis) => axis.position.value(simulation.now_s));

describe("feed hold", () => {
  test("stops the axes in the cut and not the spindle, and the part is finished after cycle start", () => {
    const [alone, undisturbed] = [aloneCnc(), aloneCnc()];
    until(
      alone,
      () => cutting(alone) && alone.machine.machining.spindle.cuttingPower.value(alone.simulation.now_s) > 0,
    );
    const speed_rpm = alone.machine.machining.spindle.speed.value(alone.simulation.now_s);
    expect(ask(alone, "hold")).toEqual({ done: true });
    expect(states(alone)).toEqual(["Interrupted", "Interrupted", "NotExecuting", "Hold"]);
    alone.simulation.run(alone.simulation.now_s + 1);
    const rested = place(alone);
    expect(alone.machine.machining.spindle.cuttingPower.value(alone.simulation.now_s)).toBe(0);
    alone.simulation.run(alone.simulation.now_s + 60);
    expect(place(alone)).toEqual(rested);
    expect(alone.machine.machining.spindle.speed.value(alone.simulation.now_s)).toBe(speed_rpm);
    expect(ask(alone, "hold")).toMatchObject({ status: REFUSAL.invalidState });
    expect(ask(alone, "start")).toEqual({ done: true });
    expect(states(alone)).toEqual(["Running", "Active", "Executing", "Cutting"]);
    const late_s = until(alone, () => alone.machine.partsProduced.value === 1);
    const usual_s = until(undisturbed, () => undisturbed.machine.partsProduced.value === 1);
    expect(late_s - usual_s).toBeGreaterThan(60);
    expect(late_s - usual_s).toBeLessThan(64);
  });

  test("at any time of a program leaves the axes inside their limits and ends in the same parts", () => {
    const alone = aloneCnc();
    const { axes } = alone.machine.machining;
    for (let n = 0; n < 60; n++) {
      until(alone, () => alone.machine.control.programState.state === "Running");
      alone.simulation.run(alone.simulation.now_s + 1.37 + 0.61 * n);
      if (!ask(alone, "hold").done) continue;
      for (let k = 0; k < 20; k++) {
        alone.simulation.run(alone.simulation.now_s + 0.05);
        for (const axis of axes) {
          const at_mm = axis.position.value(alone.simulation.now_s);
          expect(at_mm).toBeGreaterThanOrEqual(axis.drive.low);
          expect(at_mm).toBeLessThanOrEqual(axis.drive.high);
        }
      }
      expect(ask(alone, "start").done).toBe(true);
    }
    expect(alone.machine.partsProduced.value).toBeGreaterThan(5);
    expect(alone.machine.partsScrapped.value).toBe(0);
  });

  test("during a tool change lets the changer finish, and is refused while no program runs", () => {
    const alone = aloneCnc();
    until(alone, () => alone.machine.control.machineState.state === "ToolChange");
    ask(alone, "hold");
    alone.simulation.run(alone.simulation.now_s + 30);
    expect(alone.machine.machining.toolNumber.value).toBe("1");
    expect(states(alone)[3]).toBe("Hold");
    ask(alone, "start");
    until(alone, () => alone.machine.control.machineState.state === "Unloading");
    expect(ask(alone, "hold")).toMatchObject({ status: REFUSAL.invalidState });
  });
});

describe("stop and reset", () => {
  test("end the program with scrap, bring the tool up, and nothing is made until start", () => {
    const alone = aloneCnc();
    until(alone, () => cutting(alone));
    expect(ask(alone, "stop")).toEqual({ done: true });
    expect(ask(alone, "stop")).toMatchObject({ status: REFUSAL.invalidState });
    expect(states(alone).slice(0, 3)).toEqual(["Aborted", "Reset", "NotExecuting"]);
    alone.simulation.run(alone.simulation.now_s + 600);
    expect(states(alone)[3]).toBe("Ready");
    expect(place(alone)[2]).toBe(0);
    expect(alone.machine.machining.spindle.speed.value(alone.simulation.now_s)).toBe(0);
    expect([alone.machine.partsProduced.value, alone.machine.partsScrapped.value]).toEqual([0, 1]);
    expect(ask(alone, "reset")).toEqual({ done: true });
    expect(states(alone)[0]).toBe("Initializing");
    ask(alone, "start");
    expect(states(alone)[3]).toBe("Unloading");
    until(alone, () => alone.machine.partsProduced.value === 1);
  });

  test("reach a held machine, and one that is started again at once", () => {
    const alone = aloneCnc();
    until(alone, () => cutting(alone));
    ask(alone, "hold");
    expect(ask(alone, "reset")).toEqual({ done: true });
    expect(states(alone)[0]).toBe("Aborted");
    expect(ask(alone, "start")).toEqual({ done: true });
    until(alone, () => alone.machine.partsProduced.value === 1);
    expect(alone.machine.partsScrapped.value).toBe(1);
  });

  test("between two parts let the handling finish and begin no part", () => {
    const alone = aloneCnc();
    until(alone, () => alone.machine.control.machineState.state === "Loading");
    ask(alone, "stop");
    alone.simulation.run(alone.simulation.now_s + 600);
    expect([alone.machine.partsProduced.value, alone.machine.partsScrapped.value]).toEqual([1, 0]);
    ask(alone, "start");
    until(alone, () => alone.machine.partsProduced.value === 2);
  });
});
