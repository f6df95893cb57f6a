import { expect, test } from "vitest";
import { programmedCut } from "../../../src/equipment/cnc/magazine.ts";
import { PlannedCuts } from "../../../src/equipment/cnc/planned-cuts.ts";
import { aloneCnc } from "../../support/cnc-plant.ts";

function rig(program: string, model: string) {
  const { machine } = aloneCnc(program, 1, { model });
  const { overrides } = machine.machining;
  const { workpiece } = machine;
  return { overrides, workpiece, cuts: new PlannedCuts(machine.model, overrides) };
}

test("a cut at overrides of 100 % is as programmed, and is kept from part to part", () => {
  const { cuts, workpiece } = rig("programs/bracket-al", "cnc/vmc-3axis-15kw");
  for (const operation of workpiece.program.operations) {
    const cut = cuts.of(workpiece, operation, 0);
    expect(cut.load).toEqual(programmedCut(operation, workpiece));
    expect(cuts.of(workpiece, operation, 0)).toBe(cut);
  }
});

test("a cut is planned anew for each override, and for another material", () => {
  const { cuts, overrides, workpiece } = rig("programs/bracket-al", "cnc/vmc-3axis-15kw");
  const [operation] = workpiece.program.operations;
  const power_kw = (): number => cuts.of(workpiece, operation!, 0).load.power_kw;
  const life_min = (): number => cuts.of(workpiece, operation!, 0).life_min;
  const [fullPower_kw, fullLife_min] = [power_kw(), life_min()];
  overrides.turn("feed", 50);
  expect(power_kw()).toBeLessThan(0.8 * fullPower_kw);
  overrides.turn("feed", 100);
  expect([power_kw(), life_min()]).toEqual([fullPower_kw, fullLife_min]);
  overrides.turn("spindle", 80);
  expect(life_min()).toBeGreaterThan(1.2 * fullLife_min);
  overrides.turn("spindle", 100);
  expect(life_min()).toBe(fullLife_min);
  const { material } = workpiece;
  const harder = {
    ...workpiece,
    material: { ...material, specificCuttingForce_n_mm2: 2 * material.specificCuttingForce_n_mm2 },
  };
  expect(cuts.of(harder, operation!, 0).load.power_kw).toBeCloseTo(2 * fullPower_kw, 9);
});

test("a turning pass on another diameter is planned anew where the spindle is at its limit", () => {
  const { cuts, overrides, workpiece } = rig("programs/shaft-42crmo4", "cnc/mill-turn-22kw");
  const operation = workpiece.program.operations.find((it) => it.process === "turn" && it.passes > 1)!;
  overrides.turn("spindle", 120);
  const first = cuts.of(workpiece, operation, 0);
  expect(cuts.of(workpiece, operation, 1)).not.toBe(first);
});
