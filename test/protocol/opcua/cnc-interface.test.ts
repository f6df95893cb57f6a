import { DataType } from "node-opcua";
import type { AddressSpace, BaseNode, NodeId, UAObject } from "node-opcua";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { childrenOf } from "../../../src/protocol/opcua/unit-nodes.ts";
import type { GroupDescription, UnitDescription, Value } from "../../../src/protocol/port.ts";
import { CUTTING, emitAll, fakeCnc } from "../../support/fake-cnc.ts";
import { FakePlant } from "../../support/fake-plant.ts";
import { readValue, unitNode, unitSpace } from "../../support/opcua-space.ts";

const UNIT = "cnc-01";
const CNC = "CncInterface";
const CHANNEL = `${CNC}/CncChannelList/Channel1`;
const SPINDLE = `${CNC}/CncSpindleList/Spindle1`;
const axis = (name: string): string => `${CNC}/CncAxisList/${name}`;

let plant: FakePlant;
let space: AddressSpace;

beforeAll(async () => {
  plant = new FakePlant([fakeCnc(UNIT)]);
  space = await unitSpace(plant, plant.units[0]!);
});

afterAll(() => space.dispose());

beforeEach(() => emitAll(plant, UNIT));

const value = (path: string): unknown => readValue(space, `${UNIT}/${path}`).value.value;

const elementsOf = (node: UAObject): BaseNode[] => node.findReferencesAsObject("Organizes");

/** A tick of a group with some signals changed. */
function emit(group: string, changed: Readonly<Record<string, Value>>): void {
  const { signals } = plant.units[0]!.groups.find(({ id }) => id === group)!;
  plant.emit(
    UNIT,
    group,
    CUTTING[group]!.map((usual, i) => changed[signals[i]!.id] ?? usual),
  );
}

describe("the control of a machine", () => {
  test("is below Objects, as its specification knows it, and the machine's as well", () => {
    const cnc = unitNode(space, `${UNIT}/${CNC}`)!;
    const below = (node: UAObject): NodeId[] => childrenOf(node).map(({ nodeId }) => nodeId);
    expect(below(space.rootFolder.objects as unknown as UAObject)).toContainEqual(cnc.nodeId);
    expect(below(unitNode(space, UNIT) as UAObject)).toContainEqual(cnc.nodeId);
  });

  test("comes without the instance that its nodeset left behind", () => {
    const names = elementsOf(space.rootFolder.objects as unknown as UAObject).map(
      ({ browseName }) => browseName.name,
    );
    expect(names).not.toContain("test");
  });

  test("has an axis for each position signal, and what the channel administers", () => {
    const members = (path: string): (string | null)[] =>
      (unitNode(space, `${UNIT}/${path}`) as UAObject).getComponents().map((it) => it.browseName.name);
    expect(members(`${CNC}/CncAxisList`)).toEqual(["X", "Y", "Z"]);
    const drives = elementsOf(unitNode(space, `${UNIT}/${CHANNEL}`) as UAObject);
    expect(drives.map(({ browseName }) => browseName.name)).toEqual(["X", "Y", "Z", "Spindle1"]);
    expect(String(value(`${axis("X")}/ActChannel`))).toMatch(
      /;s=cnc-01\/CncInterface\/CncChannelList\/Channel1$/,
    );
  });

  test.each([
    [`${CNC}/VendorName`, "Taktwerk"],
    [`${CNC}/Version`, "1.00"],
    [`${axis("X")}/PosDirect/ActPos`, 12.345],
    [`${axis("X")}/PosIndirect/CmdPos`, 12.35],
    [`${axis("X")}/PosDirect/RemDist`, 20.5],
    [`${axis("X")}/ActStatus`, 1],
    [`${axis("Y")}/ActStatus`, 0],
    [`${axis("Z")}/ActLoad`, 13],
    [`${axis("X")}/IsRotational`, false],
    [`${SPINDLE}/ActSpeed`, 8000],
    [`${SPINDLE}/ActOverride`, 90],
    [`${SPINDLE}/ActPower`, 6.2],
    [`${SPINDLE}/ActStatus`, 1],
    [`${SPINDLE}/ActTurnDirection`, 1],
    [`${CHANNEL}/ActFeedrate`, 1500],
    [`${CHANNEL}/CmdFeedrate`, 1600],
    [`${CHANNEL}/ActOperationMode`, 2],
    [`${CHANNEL}/ActProgramName`, "O1000.nc"],
    [`${CHANNEL}/ActProgramStatus`, 1],
    [`${CHANNEL}/ActProgramLine`, "120"],
    [`${CHANNEL}/ActStatus`, 0],
    [`${CHANNEL}/FeedHold`, false],
    [`${CHANNEL}/ToolId`, 3],
    [`${CHANNEL}/PosTcpWcsY/ActPos`, -6.789],
    [`${CHANNEL}/PosTcpBcsC/ActPos`, 0],
  ])("%s is %s", (path, expected) => {
    expect(value(path)).toBe(expected);
  });

  test("shows a position as a structure too, of the tick of the signal", () => {
    emit("motion", { "x-position": 99, "x-command": 100, "x-remaining": 1 });
    const position = readValue(space, `${UNIT}/${axis("X")}/PosDirect`);
    expect(position.value.value).toMatchObject({ actPos: 99, cmdPos: 100, remDist: 1 });
    const signal = readValue(space, `${UNIT}/x-position`);
    const element = readValue(space, `${UNIT}/${axis("X")}/PosDirect/ActPos`);
    expect(element.value.value).toBe(signal.value.value);
    expect(element.sourceTimestamp).toEqual(signal.sourceTimestamp);
    expect(position.sourceTimestamp).toEqual(signal.sourceTimestamp);
    expect(value(`${axis("X")}/PosDirect/EURange`)).toMatchObject({ low: -500, high: 500 });
  });

  test("tells the functions of the block that it executes", () => {
    expect(Array.from(value(`${CHANNEL}/ActGFunctions`) as Uint32Array)).toEqual([1]);
    expect(Array.from(value(`${CHANNEL}/ActMFunctions`) as Uint32Array)).toEqual([8]);
    emit("status", { block: "G17 G90 M03 (CHANGE G99)" });
    expect(Array.from(value(`${CHANNEL}/ActGFunctions`) as Uint32Array)).toEqual([17, 90]);
    expect(value(`${CHANNEL}/ActProgramBlock`)).toEqual(["G17 G90 M03 (CHANGE G99)"]);
  });

  test.each([
    ["stands", 0, 0, 0, 0],
    ["runs up", 1000, 8000, 2, 1],
    ["is there within 2 %", 7900, 8000, 1, 1],
    ["brakes", 4000, 0, 3, 1],
    ["turns the other way", -500, -500, 1, 2],
  ])("its spindle %s at %i of %i rpm", (_what, speed, command, status, direction) => {
    emit("motion", { "spindle-speed": speed, "spindle-command": command });
    expect(value(`${SPINDLE}/ActStatus`)).toBe(status);
    expect(value(`${SPINDLE}/ActTurnDirection`)).toBe(direction);
  });

  test.each([
    ["tool-number", "", "ToolId", 0],
    ["channel-state", "Interrupted", "FeedHold", true],
    ["channel-mode", "MdaMdi", "ActOperationMode", 1],
    ["channel-mode", "JogManual", "CmdOperationMode", 0],
    ["program-state", "Aborted", "ActProgramStatus", 4],
  ])("its channel with %s %s has %s %s", (signal, changed, path, expected) => {
    emit("status", { [signal]: changed });
    expect(value(`${CHANNEL}/${path}`)).toBe(expected);
  });
});

describe("a control of other machines", () => {
  const withSignals = (unit: UnitDescription, ids: readonly string[]): UnitDescription => {
    const group: GroupDescription = {
      id: "axes",
      period_s: 0.35,
      signals: ids.map((id) => ({ id, title: id, description: id, type: "double" })),
    };
    return { ...unit, groups: [group], conditions: [], tools: [] };
  };

  test("has the axes that there are, rotary ones in degrees", async () => {
    const unit = withSignals(fakeCnc("turn"), ["x-position", "z-position", "c-position"]);
    const other = new FakePlant([unit]);
    const turnSpace = await unitSpace(other, unit);
    other.emit("turn", "axes", [1, 2, 90]);
    const read = (path: string): unknown => readValue(turnSpace, `turn/${CNC}/${path}`).value.value;
    expect(read("CncAxisList/C/PosDirect/ActPos")).toBe(90);
    expect(read("CncAxisList/C/PosDirect/CmdPos")).toBe(90);
    expect(read("CncAxisList/C/IsRotational")).toBe(true);
    expect(read("CncAxisList/C/PosDirect/EngineeringUnits")).toMatchObject({ displayName: { text: "°" } });
    expect(read("CncChannelList/Channel1/PosTcpBcsC/ActPos")).toBe(90);
    expect(readValue(turnSpace, `turn/${CNC}/CncAxisList/C/PosDirect/ActPos`).value.dataType).toBe(
      DataType.Double,
    );
    expect(unitNode(turnSpace, `turn/${CNC}/CncAxisList/Y`)).toBeUndefined();
    expect(unitNode(turnSpace, `turn/${CNC}/CncSpindleList/Spindle1`)).toBeUndefined();
    turnSpace.dispose();
  });

  test("is not there without axes", async () => {
    const unit = withSignals(fakeCnc("bare"), []);
    const bareSpace = await unitSpace(new FakePlant([unit]), unit);
    expect(unitNode(bareSpace, `bare/${CNC}`)).toBeUndefined();
    bareSpace.dispose();
  });
});
