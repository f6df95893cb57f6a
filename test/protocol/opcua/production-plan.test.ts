/** The production plan follows what is commanded about job orders, and what the machine makes of them. */
import { LocalizedText } from "node-opcua";
import type { AddressSpace, IEventData, UAObject } from "node-opcua";
import { afterAll, beforeAll, expect, test } from "vitest";

import type { Plant } from "../../../src/plant/plant.ts";
import type { Value } from "../../../src/protocol/port.ts";
import { demoPlant } from "../../support/demo-plant.ts";
import { readValue, unitNode, unitSpace } from "../../support/opcua-space.ts";

const UNIT = "cnc-01";
const PLAN = `${UNIT}/Production/ProductionPlan`;

const plant: Plant = demoPlant();
const program = plant.units[0]!.jobs!.programs[0]!;
let space: AddressSpace;

beforeAll(async () => {
  space = await unitSpace(plant, plant.units[0]!);
});

afterAll(() => space.dispose());

const value = (path: string): unknown => readValue(space, path).value.value;
const jobs = (): (string | null)[] =>
  (unitNode(space, PLAN) as UAObject)
    .findReferencesAsObject("HasOrderedComponent")
    .map(({ browseName }) => browseName.name);

function command(name: string, job: string, more: Record<string, Value> = {}): void {
  expect(plant.command(UNIT, { name, arguments: { job, ...more } })).toEqual({ done: true });
}

/** State of a job by name, from its node and from its number, which have to agree. */
function stateOf(job: string): string {
  const current = `${PLAN}/${job}/State/CurrentState`;
  const state = space.findNode(value(`${current}/Id`) as string)!;
  const number = state.getChildByName("StateNumber") as unknown as { readValue(): { value: unknown } };
  expect(number.readValue().value).toMatchObject({ value: value(`${current}/Number`) });
  expect(value(current)).toMatchObject({ text: state.browseName.name });
  return state.browseName.name!;
}

function advanceUntil(holds: () => boolean): void {
  for (let step = 0; !holds() && step < 1000; step++) plant.advance(plant.now_s + 10);
  expect(holds()).toBe(true);
}

test("is empty without orders, and no job is active", () => {
  plant.advance(60);
  expect(jobs()).toEqual([]);
  expect(value(`${UNIT}/Production/ActiveProgram/JobIdentifier`)).toBe("");
  expect(String(value(`${UNIT}/Production/ActiveProgram/JobNodeId`))).toBe("ns=0;i=0");
});

test("has a job for an order, with what is planned", () => {
  const odd = "order/7; the second";
  command("store-job", "J1", { program, quantity: 2, priority: 1, description: "" });
  command("store-job", odd, { program, quantity: 5, priority: 0, description: "" });
  expect(jobs()).toEqual(["J1", odd]);
  expect(value(`${PLAN}/J1/Identifier`)).toBe("J1");
  expect(value(`${PLAN}/J1/RunsPlanned`)).toBe(2);
  expect(value(`${PLAN}/J1/RunsPlanned/IsValid`)).toBe(true);
  expect(value(`${PLAN}/J1/RunsCompleted`)).toBe(0);
  expect(value(`${PLAN}/J1/ProductionPrograms/Program1/Name`)).toBe(program);
  expect(value(`${PLAN}/J1/NumberInList`)).toBe(0);
  expect(value(`${PLAN}/${odd}/NumberInList`)).toBe(1);
  expect(stateOf("J1")).toBe("Initializing");
});

test("follows the job from its start to its end, with an event for each state", () => {
  const told: string[] = [];
  const listen = (event: IEventData): void => {
    const fields = event as unknown as Record<string, { value: unknown } | undefined>;
    if (!fields.runsPlanned) return;
    const names = ["identifier", "fromState", "toState", "runsCompleted", "runsPlanned"];
    const shown = names.map((name) => {
      const value: unknown = fields[name]!.value;
      return value instanceof LocalizedText ? value.text : value;
    });
    told.push(shown.join(" "));
  };
  unitNode(space, UNIT)!.on("event", listen);
  command("start-job", "J1");
  advanceUntil(() => stateOf("J1") === "Running");
  expect(value(`${UNIT}/Production/ActiveProgram/JobIdentifier`)).toBe("J1");
  expect(value(`${UNIT}/Production/ActiveProgram/JobNodeId`)).toEqual(unitNode(space, `${PLAN}/J1`)!.nodeId);
  command("pause-job", "J1");
  expect(stateOf("J1")).toBe("Interrupted");
  command("resume-job", "J1");
  advanceUntil(() => value(`${PLAN}/J1/PartsCompleted`) === 1);
  expect(value(`${PLAN}/J1/RunsCompleted`)).toBe(1);
  advanceUntil(() => stateOf("J1") === "Ended");
  const { good, scrapped } = plant.jobs(UNIT)[0]!;
  expect(value(`${PLAN}/J1/PartsGood`)).toBe(good);
  expect(value(`${PLAN}/J1/PartsCompleted`)).toBe(good + scrapped);
  expect(told).toEqual([
    "J1 Initializing Running 0 2",
    "J1 Running Interrupted 0 2",
    "J1 Interrupted Running 0 2",
    `J1 Running Ended ${good + scrapped} 2`,
  ]);
  unitNode(space, UNIT)!.off("event", listen);
});

test("forgets the job when its order is cleared, and counts the others anew", () => {
  command("clear-job", "J1");
  expect(jobs()).toEqual(["order/7; the second"]);
  expect(unitNode(space, `${PLAN}/J1/RunsPlanned`)).toBeUndefined();
  expect(value(`${PLAN}/order/7; the second/NumberInList`)).toBe(0);
});

test("has the orders that were there before the server", async () => {
  const later = await unitSpace(plant, plant.units[0]!);
  expect(readValue(later, `${PLAN}/order/7; the second/RunsPlanned`).value.value).toBe(5);
  later.dispose();
});
