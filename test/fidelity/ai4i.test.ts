import { expect, test } from "vitest";
import { ai4iLabels, type Snapshot } from "../../bench/fidelity/ai4i.ts";

/** 1500 r/min and 40 N·m are 6283 W: nothing fails. */
const SOUND: Snapshot = { air_c: 25, process_c: 35, speed_rpm: 1500, torque_nm: 40, wear_min: 100 };

const failing = (change: Partial<Snapshot>): string[] =>
  Object.entries(ai4iLabels({ ...SOUND, ...change })).flatMap(([rule, holds]) => (holds ? [rule] : []));

test("the rules of the AI4I set hold where its authors say", () => {
  expect(failing({})).toEqual([]);
  expect(failing({ process_c: 33.5, speed_rpm: 1379, torque_nm: 45 })).toEqual(["heat dissipation"]);
  expect(failing({ process_c: 33.5, speed_rpm: 1380, torque_nm: 45 })).toEqual([]);
  expect(failing({ torque_nm: 20 })).toEqual(["power"]);
  expect(failing({ speed_rpm: 2000, torque_nm: 45 })).toEqual(["power"]);
  expect(failing({ wear_min: 190, torque_nm: 57 })).toEqual([]);
  expect(failing({ wear_min: 199, torque_nm: 57, speed_rpm: 1400 })).toEqual([]);
  expect(failing({ wear_min: 199, torque_nm: 61, speed_rpm: 1390 })).toEqual(["overstrain"]);
  expect(failing({ wear_min: 200 })).toEqual(["tool wear"]);
});
