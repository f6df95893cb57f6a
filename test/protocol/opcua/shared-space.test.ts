import { DataType, Variant, nodesets } from "node-opcua";
import type { UAMethod, UAVariable } from "node-opcua";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { addUnit, NODESETS } from "../../../src/protocol/opcua/information-model.ts";
import {
  foreignVersion,
  missingInternals,
  type Space,
} from "../../../src/protocol/opcua/shared-space/internals.ts";
import { loadBase } from "../../../src/protocol/opcua/shared-space/load-base.ts";
import { makeOverlay } from "../../../src/protocol/opcua/shared-space/overlay.ts";
import { installPatches } from "../../../src/protocol/opcua/shared-space/patches.ts";
import { selfTest } from "../../../src/protocol/opcua/shared-space/self-test.ts";
import type { SharedBase } from "../../../src/protocol/opcua/shared-space/shared-base.ts";
import { sharedOptions } from "../../../src/protocol/opcua/shared-space/shared-types.ts";
import { emitAll, fakeCnc } from "../../support/fake-cnc.ts";
import { FakePlant } from "../../support/fake-plant.ts";
import { listNodes, readValue } from "../../support/opcua-space.ts";

const UNITS = ["cnc-01", "cnc-02"];
const plant = new FakePlant(UNITS.map(fakeCnc));
let base: SharedBase;
let spaces: Space[];

beforeAll(async () => {
  base = await loadBase(NODESETS);
  installPatches(base.space);
  spaces = plant.units.map((unit) => {
    emitAll(plant, unit.name);
    const space = makeOverlay(base);
    space.registerNamespace(`urn:test:${unit.name}`);
    addUnit(space, plant, unit);
    return space;
  });
});
afterAll(() => spaces.forEach((space) => space.dispose()));

/** A Property of a type in IA: an instance declaration. */
const declaration = (space: Space): UAVariable =>
  space.findNode(`ns=${space.getNamespaceIndex("http://opcfoundation.org/UA/IA/")};i=6080`) as UAVariable;

describe("address spaces over one base", () => {
  test("hold the same objects for types, and their own for instances", () => {
    const [one, two] = spaces as [Space, Space];
    const type = (space: Space) => space.findObjectType("BaseObjectType");
    expect(type(one)).toBe(type(two));
    expect(declaration(one)).toBe(declaration(two));
    expect(one.rootFolder.objects.server).not.toBe(two.rootFolder.objects.server);
    expect(one.rootFolder.objects.server.addressSpace).toBe(one);
  });

  test("have the same nodes but for the unit's name", () => {
    const [one, two] = spaces.map((space, i) => listNodes(space, UNITS[i]!));
    expect(two).toBe(one);
  });

  test("have one unit each", () => {
    const [one, two] = spaces as [Space, Space];
    plant.emit("cnc-01", "thermal", [50]);
    expect(readValue(one, "cnc-01/spindle-temperature").value.value).toBe(50);
    expect(readValue(two, "cnc-02/spindle-temperature").value.value).toBe(41.3);
    expect(() => readValue(one, "cnc-02/spindle-temperature")).toThrow("no node");
  });

  test("bind the Method of a type for themselves", () => {
    const [one, two] = spaces.map((space) => space.findNode("ns=0;i=11489") as UAMethod); // ServerType.GetMonitoredItems
    one!.bindMethod((_inputs, _context, callback) => callback(null, {}));
    expect([one!.isBound(), two!.isBound()]).toEqual([true, false]);
  });

  test("delete a node of theirs alone", () => {
    const [one, two] = spaces as [Space, Space];
    const before = base.fingerprint();
    one.deleteNode(one.findNode("ns=0;i=2268")!); // Server.ServerCapabilities
    expect(one.findNode("ns=0;i=2268")).toBeNull();
    expect(two.findNode("ns=0;i=2268")).not.toBeNull();
    expect(base.fingerprint()).toEqual(before);
  });

  test("end what has a timer when they go, although they let other nodes be", () => {
    const space = makeOverlay(base);
    const namespace = space.registerNamespace("urn:test:alarm");
    const source = namespace.addObject({ browseName: "Source", organizedBy: space.rootFolder.objects });
    const input = namespace.addVariable({ browseName: "Input", componentOf: source, dataType: "Boolean" });
    const alarm = namespace.instantiateOffNormalAlarm({
      browseName: "Alarm",
      conditionSource: null,
      inputNode: input,
      normalState: input,
    });
    expect(alarm.addressSpace).toBe(space);
    space.dispose();
    expect(alarm.addressSpace).toBeNull();
    expect(source.addressSpace).toBe(space);
    expect(space.findNode(source.nodeId)).toBeNull();
  });

  test("take no new types, since those are the base's", () => {
    expect(() => spaces[0]!.getOwnNamespace().addObjectType({ browseName: "Own" })).toThrow("nodeset");
  });
});

describe("the base is frozen", () => {
  const value = { dataType: DataType.String, value: "x" } as const;

  test.each<[string, () => unknown]>([
    ["a field", () => (declaration(spaces[0]!).minimumSamplingInterval = 5)],
    ["a value", () => declaration(spaces[0]!).setValueFromSource(value)],
    ["a handler", () => declaration(spaces[0]!).bindVariable({ get: () => new Variant(value) }, true)],
    ["a listener", () => declaration(spaces[0]!).on("value_changed", () => undefined)],
    [
      "a reference",
      () => declaration(spaces[0]!).addReference({ referenceType: "Organizes", nodeId: "i=85" }),
    ],
    ["a new node", () => base.space.getOwnNamespace().addObject({ browseName: "X", organizedBy: "i=85" })],
    [
      "an instance without a server",
      () => base.space.findObjectType("FolderType")!.instantiate({ browseName: "X" }),
    ],
  ])("%s is refused", (_what, change) => {
    const before = base.fingerprint();
    expect(change).toThrow();
    expect(base.fingerprint()).toEqual(before);
  });
});

describe("guards", () => {
  test("the installed library is the verified one, and any other is not", () => {
    expect(foreignVersion()).toBeUndefined();
    expect(foreignVersion("2.187.0")).toMatch(/2\.187\.0.*2\.186\.4/);
  });

  test("nothing is missing in it, and the self-test finds nothing", () => {
    expect(missingInternals(base.space)).toEqual([]);
    expect(selfTest(base)).toEqual([]);
  });

  test("what cannot be loaded is said once, and servers are plain ones", async () => {
    const warnings: string[] = [];
    const ask = () => sharedOptions([nodesets.standard, "missing.xml"], (line) => warnings.push(line));
    expect(await Promise.all([ask(), ask()])).toEqual([undefined, undefined]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^each OPC UA server loads all types for itself: .*missing\.xml/);
  });
});
