import { DataType, NodeIdType, StatusCodes } from "node-opcua";
import type { AddressSpace } from "node-opcua";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import type { UnitDescription, Value } from "../../../src/protocol/port.ts";
import { STATUS, emitAll, fakeCnc } from "../../support/fake-cnc.ts";
import { FakePlant } from "../../support/fake-plant.ts";
import { listNodes, readValue, unitNode, unitNamespaceIndex, unitSpace } from "../../support/opcua-space.ts";

const UNIT = "cnc-01";

let plant: FakePlant;
let space: AddressSpace;

beforeAll(async () => {
  plant = new FakePlant([fakeCnc(UNIT)]);
  space = await unitSpace(plant, plant.units[0]!);
});

afterAll(() => space.dispose());

const value = (path: string): unknown => readValue(space, `${UNIT}/${path}`).value.value;

/** A tick of the status group with one signal changed. */
function emitStatus(signal: string, changed: Value): void {
  const { signals } = plant.units[0]!.groups.find(({ id }) => id === "status")!;
  plant.emit(
    UNIT,
    "status",
    STATUS.map((usual, i) => (signals[i]!.id === signal ? changed : usual)),
  );
}

describe("before the first tick", () => {
  test.each([
    "spindle-speed",
    "Monitoring/Spindle1/IsRotating",
    "MachineryBuildingBlocks/MachineryItemState/CurrentState",
  ])("%s waits for initial data", (path) => {
    expect(readValue(space, `${UNIT}/${path}`).statusCode).toBe(StatusCodes.BadWaitingForInitialData);
  });

  test("the nameplate is there", () => {
    expect(value("Identification/SerialNumber")).toBe("TW-cnc-01");
    expect(value("Identification/Manufacturer")).toMatchObject({ text: "Taktwerk" });
    expect(value("Identification/YearOfConstruction")).toBe(2026);
  });
});

describe("a machine that cuts", () => {
  beforeEach(() => emitAll(plant, UNIT));

  test.each([
    ["Monitoring/MachineTool/OperationMode", 1],
    ["Monitoring/MachineTool/FeedOverride", 100],
    ["Monitoring/Channel1/ChannelMode", 0],
    ["Monitoring/Channel1/ChannelState", 0],
    ["Monitoring/Channel1/FeedOverride", 100],
    ["Monitoring/Channel1/RapidOverride", 50],
    ["Monitoring/Spindle1/IsRotating", true],
    ["Monitoring/Spindle1/Override", 90],
    ["Monitoring/Stacklight/GreenLight/SignalOn", true],
    ["Monitoring/Stacklight/YellowLight/SignalOn", false],
    ["Production/ActiveProgram/Name", "O1000.nc"],
    ["Production/Statistics/PartsProducedInLifetime", 7],
    ["MachineryBuildingBlocks/OperationCounters/PowerOnDuration", 1234.5 * 3_600_000],
    ["x-position", 12.345],
    ["tool-number", "T3"],
    ["spindle-temperature-high", false],
  ])("%s is %s", (path, expected) => {
    expect(value(path)).toBe(expected);
  });

  test("a sample's timestamp is the source timestamp of all that it fills", () => {
    const { timestamp_ms } = plant.emit(UNIT, "motion", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for (const path of ["spindle-speed", "Monitoring/Spindle1/IsRotating"]) {
      expect(readValue(space, `${UNIT}/${path}`).sourceTimestamp?.getTime()).toBe(timestamp_ms);
    }
    expect(value("Monitoring/Spindle1/IsRotating")).toBe(false);
  });

  test("values have the data type of their node", () => {
    expect(readValue(space, `${UNIT}/spindle-speed`).value.dataType).toBe(DataType.Int32);
    expect(readValue(space, `${UNIT}/parts-produced`).value.dataType).toBe(DataType.UInt32);
    expect(readValue(space, `${UNIT}/Monitoring/Spindle1/Override`).value.dataType).toBe(DataType.Double);
  });

  test("unit and range are those of the signal", () => {
    expect(value("feed-rate/EngineeringUnits")).toMatchObject({
      namespaceUri: "http://www.opcfoundation.org/UA/units/un/cefact",
      unitId: 0x48_38_31, // "H81"
      displayName: { text: "mm/min" },
    });
    expect(value("x-position/EURange")).toMatchObject({ low: -500, high: 500 });
    expect(value("Monitoring/Spindle1/Override/EURange")).toMatchObject({ low: 50, high: 120 });
  });
});

describe("operation mode of the machine", () => {
  test.each([
    ["channel-mode", "JogManual", 0],
    ["channel-mode", "MdaMdi", 0],
    ["channel-mode", "Remote", 5],
    ["operation-mode", "Setup", 2],
    ["operation-mode", "Maintenance", 4],
    ["operation-mode", "None", 1],
  ])("%s %s makes it %i", (signal, changed, expected) => {
    emitStatus(signal, changed);
    expect(value("Monitoring/MachineTool/OperationMode")).toBe(expected);
  });
});

describe("state machines", () => {
  test.each([
    ["item-state", "NotExecuting", "MachineryBuildingBlocks/MachineryItemState"],
    ["item-state", "OutOfService", "MachineryBuildingBlocks/MachineryItemState"],
    ["operation-mode", "Maintenance", "MachineryBuildingBlocks/MachineryOperationMode"],
    ["program-state", "Interrupted", "Production/ActiveProgram/State"],
    ["program-state", "Aborted", "Production/ActiveProgram/State"],
  ])("%s %s", (signal, state, path) => {
    emitStatus(signal, state);
    expect(value(`${path}/CurrentState`)).toMatchObject({ text: state });
    const stateNode = space.findNode(value(`${path}/CurrentState/Id`) as string)!;
    expect(stateNode.browseName.name).toBe(state);
    const number = stateNode.getChildByName("StateNumber") as unknown as { readValue(): { value: unknown } };
    expect(number.readValue().value).toMatchObject({ value: value(`${path}/CurrentState/Number`) });
  });

  test("a name that is no state is out of range", () => {
    emitStatus("item-state", "Dancing");
    const current = readValue(space, `${UNIT}/MachineryBuildingBlocks/MachineryItemState/CurrentState`);
    expect(current.statusCode).toBe(StatusCodes.BadOutOfRange);
  });
});

describe("quality", () => {
  test("an uncertain value keeps its value, a bad one loses it", () => {
    const sample = plant.emit(UNIT, "thermal", [60]);
    const statuses = sample.statuses as number[];
    statuses[0] = StatusCodes.UncertainSensorNotAccurate.value;
    expect(readValue(space, `${UNIT}/spindle-temperature`)).toMatchObject({
      statusCode: StatusCodes.UncertainSensorNotAccurate,
      value: { value: 60 },
    });
    (plant.emit(UNIT, "thermal", [60]).statuses as number[])[0] = StatusCodes.BadSensorFailure.value;
    expect(readValue(space, `${UNIT}/spindle-temperature`)).toMatchObject({
      statusCode: StatusCodes.BadSensorFailure,
      value: { dataType: DataType.Null },
    });
  });
});

describe("nodes", () => {
  test("every node of ours has a readable id that begins with the unit's name", () => {
    const ids = [...space.getNamespace(unitNamespaceIndex(space)).nodeIterator()].map(({ nodeId }) => nodeId);
    const strange = ids.filter(
      (id) =>
        id.identifierType !== NodeIdType.STRING ||
        !/^(cnc-01(\/[\w-]+)*|Namespace(\/\w+)?)$/.test(String(id.value)),
    );
    expect(strange.map(String)).toEqual([]);
  });
});

describe("a unit that lacks signals", () => {
  const without = (unit: UnitDescription, kind = unit.kind): UnitDescription => ({
    ...unit,
    kind,
    groups: unit.groups.filter(({ id }) => id === "thermal"),
  });

  test("holds defaults where the specification wants a value, and leaves out the optional", async () => {
    const bare = new FakePlant([without(fakeCnc("bare"))]);
    const bareSpace = await unitSpace(bare, bare.units[0]!);
    const read = (path: string): unknown => readValue(bareSpace, `bare/${path}`).value.value;
    expect(read("Monitoring/MachineTool/OperationMode")).toBe(5);
    expect(read("Monitoring/Channel1/FeedOverride")).toBe(100);
    expect(read("Production/ActiveProgram/State/CurrentState")).toMatchObject({ text: "Initializing" });
    expect(unitNode(bareSpace, "bare/Monitoring/Channel1/RapidOverride")).toBeUndefined();
    expect(unitNode(bareSpace, "bare/Production/Statistics/PartsProducedInLifetime")).toBeUndefined();
    bareSpace.dispose();
  });

  test("a kind without a map has its nameplate and its signals", async () => {
    const other = new FakePlant([without(fakeCnc("agv-01"), "agv")]);
    const otherSpace = await unitSpace(other, other.units[0]!);
    other.emit("agv-01", "thermal", [33]);
    expect(readValue(otherSpace, "agv-01/spindle-temperature").value.value).toBe(33);
    expect(listNodes(otherSpace, "agv-01")).toContain(
      "/unit:{unit}/DI:Identification | unit:{unit}/Identification | Object | Machinery:MachineIdentificationType",
    );
    otherSpace.dispose();
  });
});
