import { expect, test } from "vitest";
import { REFUSAL } from "../../../src/equipment/command.ts";
import { aloneCnc } from "../../support/cnc-plant.ts";

type Alone = ReturnType<typeof aloneCnc>;

const shown = ({ machine }: Alone): string => machine.control.machineState.state;
const inject = (alone: Alone, fault: string) =>
  alone.faults.command({ name: "inject-fault", arguments: { fault, id: fault, severity: 1 } });

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

test("an alarm that stops a machine does so although another one lets it finish its part", () => {
  const alone = aloneCnc();
  until(alone, () => shown(alone) === "Cutting");
  inject(alone, "conveyor-jam");
  until(alone, () => alone.condition("conveyor-overload").active);
  expect(alone.machine.control.programState.state).toBe("Running");
  inject(alone, "servo-overload");
  until(alone, () => alone.condition("x-excess-error").active);
  pass(alone, 0);
  expect(alone.machine.control.programState.state).toBe("Aborted");
  expect(alone.machine.partsScrapped.value).toBe(1);
});

test("a machine that an operator stops in an alarm's hold is not started while the alarm is there", () => {
  const alone = aloneCnc();
  const { machine } = alone;
  until(alone, () => shown(alone) === "Cutting");
  inject(alone, "air-dip");
  until(alone, () => shown(alone) === "Alarm");
  expect(machine.stop()).toEqual({ done: true });
  expect(machine.control.itemState.state).toBe("OutOfService");
  pass(alone, 600);
  expect(shown(alone)).toBe("Alarm");
  expect(machine.start()).toMatchObject({ status: REFUSAL.invalidState });
  alone.faults.clear("air-dip");
  pass(alone, 600);
  expect(shown(alone)).toBe("Ready");
  expect(machine.control.itemState.state).toBe("NotExecuting");
  expect(machine.start()).toEqual({ done: true });
  until(alone, () => machine.partsProduced.value === 1);
});

test("a machine that is stopped while its tools are replaced begins no part", () => {
  const alone = aloneCnc("programs/bracket-al", 1, { operation: "operations/job-shop" });
  const { machine } = alone;
  until(alone, () => shown(alone) === "Unloading");
  machine.machining.magazine.get(1)!.locked.set(true);
  until(alone, () => shown(alone) === "ToolService");
  const made = machine.partsProduced.value;
  expect(machine.stop()).toEqual({ done: true });
  pass(alone, 1200);
  expect(machine.control.running).toBe(false);
  expect([machine.partsProduced.value, machine.partsScrapped.value]).toEqual([made, 0]);
  expect(machine.start()).toEqual({ done: true });
  until(alone, () => machine.partsProduced.value === made + 1);
});

test("an alarm shows through holds of others, and a job order is not interrupted while parts are made", () => {
  const alone = aloneCnc();
  const { machine } = alone;
  machine.jobs.store(
    { id: "j", program: machine.programs[0]!, quantity: 5, priority: 0, description: "" },
    true,
  );
  until(alone, () => shown(alone) === "Cutting");
  expect(machine.hold()).toEqual({ done: true });
  expect(machine.jobs.find("j")!.state).toBe("Interrupted");
  inject(alone, "air-dip");
  until(alone, () => alone.condition("air-pressure-low").active);
  expect([shown(alone), machine.control.itemState.state]).toEqual(["Alarm", "OutOfService"]);
  inject(alone, "servo-overload");
  until(alone, () => machine.control.programState.state === "Aborted");
  alone.faults.clear("air-dip");
  alone.faults.clear("servo-overload");
  until(alone, () => machine.control.programState.state === "Running");
  expect(machine.jobs.find("j")!.state).toBe("Running");
});

test("a part that is aborted is not shown in the cut while the tool retreats", () => {
  const alone = aloneCnc();
  until(alone, () => shown(alone) === "Cutting");
  expect(alone.machine.stop()).toEqual({ done: true });
  pass(alone, 0.5);
  expect(shown(alone)).toBe("Rapid");
  expect(alone.machine.reset()).toEqual({ done: true });
  until(alone, () => shown(alone) === "Ready");
});

test("operation mode and state tell repairs, set-ups and handling apart", () => {
  const alone = aloneCnc();
  const { machine } = alone;
  const mode = (): string => machine.operationMode.value;
  machine.settingUp(true);
  machine.repairing(1);
  machine.repairing(1);
  machine.settingUp(false);
  machine.repairing(-1);
  expect(mode()).toBe("Maintenance");
  machine.settingUp(true);
  machine.repairing(-1);
  expect(mode()).toBe("Setup");
  machine.settingUp(false);
  expect(mode()).toBe("Processing");
  until(alone, () => shown(alone) === "Loading");
  machine.repairing(1);
  expect(shown(alone)).toBe("Loading");
  machine.control.stopAfterPart("alarm");
  until(alone, () => shown(alone) !== "Loading");
  expect([shown(alone), machine.control.itemState.state]).toEqual(["Repair", "OutOfService"]);
  machine.repairing(-1);
  expect(shown(alone)).toBe("Alarm");
  machine.control.release("alarm", "repaired");
  until(alone, () => shown(alone) === "Cutting");
});
