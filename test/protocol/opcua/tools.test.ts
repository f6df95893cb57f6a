/** Tools with their lives, and what the machine foresees. */
import { DataType, SessionContext, StatusCodes, Variant } from "node-opcua";
import type { AddressSpace, CallMethodResultOptions, UAMethod, UAObject } from "node-opcua";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";

import { emitAll, fakeCnc } from "../../support/fake-cnc.ts";
import { FakePlant } from "../../support/fake-plant.ts";
import { readValue, unitNode, unitSpace } from "../../support/opcua-space.ts";

const UNIT = "cnc-01";
const TOOLS = `${UNIT}/Equipment/Tools`;

let plant: FakePlant;
let space: AddressSpace;

beforeAll(async () => {
  plant = new FakePlant([fakeCnc(UNIT)]);
  space = await unitSpace(plant, plant.units[0]!);
});

afterAll(() => space.dispose());

beforeEach(() => emitAll(plant, UNIT));

const value = (path: string): unknown => readValue(space, path).value.value;

describe("a tool", () => {
  test("is in the list with its number and name", () => {
    const names = (unitNode(space, TOOLS) as UAObject).getComponents().map((it) => it.browseName.name);
    expect(names).toEqual(["T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8"]);
    expect(value(`${TOOLS}/T3/ControlIdentifier1`)).toBe(3);
    expect(value(`${TOOLS}/T3/ControlIdentifierInterpretation`)).toBe(0);
    expect(value(`${TOOLS}/T3/Name`)).toBe("Tool 3 of the fake");
    expect(value(`${TOOLS}/T3/Identifier`)).toBe("T3");
  });

  test("counts the minutes of its life up to its limit", () => {
    const life = `${TOOLS}/T3/ToolLife/Time`;
    expect(value(life)).toBe(4.5);
    expect(readValue(space, life).sourceTimestamp).toEqual(
      readValue(space, `${UNIT}/tool-3-life`).sourceTimestamp,
    );
    expect(value(`${life}/StartValue`)).toBe(0);
    expect(value(`${life}/LimitValue`)).toBe(60);
    expect(value(`${life}/IsCountingUp`)).toBe(true);
    expect(value(`${life}/Indication`)).toBe(0);
    expect(value(`${life}/EngineeringUnits`)).toMatchObject({ displayName: { text: "min" } });
  });

  test.each([
    ["T1", "its life is used up", true, 3],
    ["T2", "it is broken", true, 2],
    ["T3", "nothing", false, 0],
  ])("%s is locked because of what there is: %s", (tool, _why, locked, reason) => {
    expect(value(`${TOOLS}/${tool}/Locked`)).toBe(locked);
    expect(value(`${TOOLS}/${tool}/Locked/ReasonForLocking`)).toBe(reason);
  });

  test("has no counter among those of the machine's lifetime", () => {
    expect(unitNode(space, `${UNIT}/MachineryBuildingBlocks/LifetimeCounters`)).toBeUndefined();
  });
});

test("a tool is put into the spindle by a Method that becomes a command", async () => {
  const command = vi.spyOn(plant, "command");
  const method = unitNode(space, `${UNIT}/Control/ChangeTool`) as UAMethod;
  const tool = new Variant({ dataType: DataType.Double, value: 5 });
  const call = method.execute.bind(method) as (...given: unknown[]) => Promise<CallMethodResultOptions>;
  const { statusCode } = await call(null, [tool], SessionContext.defaultContext);
  expect(statusCode).toBe(StatusCodes.Good);
  expect(command).toHaveBeenCalledWith(UNIT, { name: "change-tool", arguments: { tool: 5 } });
});

describe("a prognosis", () => {
  const TOOL_CHANGE = `${UNIT}/Notification/Prognoses/ToolChange/PredictedTime`;
  const MAINTENANCE = `${UNIT}/Notification/Prognoses/Maintenance/PredictedTime`;

  test("is the tick's time and what is left from then on, of each tick anew", () => {
    for (const [minutes, hours] of [
      [12.5, 40],
      [12.4, 39.5],
    ] as const) {
      const { timestamp_ms } = plant.emit(UNIT, "prognoses", [minutes, hours]);
      expect(value(TOOL_CHANGE)).toEqual(new Date(timestamp_ms + minutes * 60_000));
      expect(value(MAINTENANCE)).toEqual(new Date(timestamp_ms + hours * 3_600_000));
      expect(readValue(space, TOOL_CHANGE).sourceTimestamp?.getTime()).toBe(timestamp_ms);
    }
  });

  test("of nothing in sight has no time", () => {
    plant.emit(UNIT, "prognoses", [Infinity, 1]);
    expect(readValue(space, TOOL_CHANGE).statusCode).toBe(StatusCodes.BadOutOfRange);
  });
});

test("a machine without tools and prognoses has no lists of them", async () => {
  const { tools: _tools, ...rest } = fakeCnc("bare");
  const unit = { ...rest, groups: rest.groups.filter(({ id }) => id !== "prognoses") };
  const bare = await unitSpace(new FakePlant([unit]), unit);
  expect(unitNode(bare, "bare/Equipment/Tools")).toBeUndefined();
  expect(unitNode(bare, "bare/Notification/Prognoses")).toBeUndefined();
  bare.dispose();
});
