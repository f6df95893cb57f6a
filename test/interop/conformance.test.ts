/** The instance checker against our own servers, and against machines that are broken on purpose. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import {
  DataType,
  OPCUAClient,
  StatusCodes,
  VariantArrayType,
  coerceNodeId,
  makeEUInformation,
} from "node-opcua";
import type { AddressSpace, ClientSession, OPCUAServer, UAObject, UAVariable } from "node-opcua";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { checkInstances } from "../../src/protocol/opcua/conformance/check-instances.ts";
import type { Finding } from "../../src/protocol/opcua/conformance/finding.ts";
import { NAMESPACE, scalar, text } from "../../src/protocol/opcua/unit-nodes.ts";
import { UnitServer } from "../../src/protocol/opcua/unit-server.ts";
import { answer, startBrokenServer, type BreakableMachine } from "../support/broken-machines.ts";
import { demoPlant } from "../support/demo-plant.ts";

const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-conformance-"));
const clients: OPCUAClient[] = [];

afterAll(async () => {
  await Promise.all(clients.map((client) => client.disconnect()));
  rmSync(folder, { recursive: true });
});

async function connect(url: string): Promise<ClientSession> {
  const client = OPCUAClient.create({ connectionStrategy: { maxRetry: 0 } });
  clients.push(client);
  await client.connect(url);
  return client.createSession();
}

describe("a unit of the demo", () => {
  test("is what its types say, at rest and at work, and is checked in a moment", async () => {
    const plant = demoPlant();
    const unit = plant.units[0]!;
    const server = new UnitServer(plant, unit, { port: 0, security: ["none"], pkiFolder: folder });
    await server.start();
    try {
      const session = await connect(server.endpointUrl);
      for (const minutes of [1, 20, 200]) {
        plant.advance(minutes * 60);
        const start_ms = performance.now();
        expect(await checkInstances(session), `after ${minutes} minutes`).toEqual([]);
        expect(performance.now() - start_ms).toBeLessThan(5000);
      }
    } finally {
      await server.stop();
    }
  });
});

/** How a machine is broken, and all that is to be found: rule and path below the machine, without namespaces. */
type Broken = readonly [name: string, breakIt: (machine: BreakableMachine) => void, ...found: string[]];

const STATE = "MachineryBuildingBlocks/MachineryItemState/CurrentState";
const UNIT = "Monitoring/Process/spindle-power/EngineeringUnits";
const RANGE = "Monitoring/Process/spindle-power/EURange";
const MODE = "Monitoring/MachineTool/OperationMode";

const range = (machine: BreakableMachine, low: number, high: number) => {
  const { space } = machine.nodes;
  const value = space.constructExtensionObject(space.findDataType("Range")!, { low, high });
  return scalar(DataType.ExtensionObject, value);
};

/** A unit that is in order but for some fields. */
const unit = (fields: { unitId?: number; namespaceUri?: string }) =>
  scalar(DataType.ExtensionObject, Object.assign(makeEUInformation("KWT", "kW", "kilowatt"), fields));

/** A new object below one that is there, of a type by name. */
function add(
  machine: BreakableMachine,
  parent: string,
  name: string,
  [type, typeUri, nameUri]: readonly [type: string, typeUri: string, nameUri: string],
  by: "componentOf" | "organizedBy" = "componentOf",
): UAObject {
  return machine.nodes.namespace.addObject({
    browseName: { name, namespaceIndex: machine.index(nameUri) },
    [by]: machine.object(parent),
    typeDefinition: machine.nodes.objectType(type, typeUri),
  });
}

const UA = "http://opcfoundation.org/UA/";
const { machinery: MACHINERY, machineTool: MT } = NAMESPACE;
const OWN = "urn:taktwerk:unit";

const BROKEN: readonly Broken[] = [
  ["nothing", () => undefined],
  [
    "circle",
    (it) => it.object("Monitoring").addReference({ referenceType: "Organizes", nodeId: it.machine }),
  ],
  ["property gone", (it) => it.remove("Identification/SerialNumber"), "mandatory Identification"],
  ["identification gone", (it) => it.remove("Identification"), "identification ", "mandatory "],
  [
    "asked for by a placeholder alone",
    (it) => it.remove("Monitoring/Stacklight/GreenLight/SignalColor"),
    "mandatory Monitoring/Stacklight/GreenLight",
  ],
  [
    "other namespace",
    (it) => {
      it.remove("Equipment");
      add(it, "", "Equipment", ["EquipmentType", MT, OWN]);
    },
    "mandatory ",
  ],
  [
    "asked for by an interface",
    (it) => {
      const nodeId = it.nodes.objectType("IMachineryEquipmentType", MACHINERY);
      it.object("Equipment").addReference({ referenceType: "HasInterface", nodeId });
    },
    "mandatory Equipment",
  ],
  [
    "nothing for a placeholder",
    (it) => void add(it, "Identification", "SoftwareIdentification", ["BaseObjectType", UA, MT]),
    "placeholder Identification/SoftwareIdentification",
  ],
  [
    "nothing of the placeholder's type",
    (it) => {
      add(it, "Identification", "SoftwareIdentification", ["BaseObjectType", UA, MT]);
      add(it, "Identification/SoftwareIdentification", "Control", ["FolderType", UA, OWN]);
    },
    "placeholder Identification/SoftwareIdentification",
  ],
  [
    "object for a Variable",
    (it) => {
      it.remove(MODE);
      add(it, "Monitoring/MachineTool", "OperationMode", ["BaseObjectType", UA, MT]);
    },
    `node-class ${MODE}`,
  ],
  [
    "other type",
    (it) => {
      it.remove("Equipment");
      add(it, "", "Equipment", ["FolderType", UA, MT]);
    },
    "type-definition Equipment",
  ],
  [
    "abstract type",
    (it) => void add(it, "Monitoring", "Abstract", ["BaseInterfaceType", UA, OWN]),
    "type-abstract Monitoring/Abstract",
  ],
  [
    "other reference",
    (it) => {
      it.remove("Equipment");
      add(it, "", "Equipment", ["EquipmentType", MT, MT], "organizedBy");
    },
    "reference-type Equipment",
  ],
  [
    "other data type, with a value of it",
    (it) => {
      it.variable("Identification/SerialNumber").dataType = coerceNodeId("ns=0;i=6");
      it.show("Identification/SerialNumber", scalar(DataType.Int32, 1));
    },
    "data-type Identification/SerialNumber",
  ],
  [
    "value of another type",
    (it) => it.show("Identification/SerialNumber", scalar(DataType.Int32, 1)),
    "value-type Identification/SerialNumber",
  ],
  ["value of another structure", (it) => it.show(RANGE, unit({})), `value-type ${RANGE}`],
  [
    "array where a scalar is declared",
    (it) => {
      it.variable("Identification/SerialNumber").valueRank = 1;
      it.show("Identification/SerialNumber", {
        dataType: DataType.String,
        arrayType: VariantArrayType.Array,
        value: ["1"],
      });
    },
    "value-rank Identification/SerialNumber",
  ],
  [
    "array in a scalar",
    (it) =>
      it.show("Identification/SerialNumber", {
        dataType: DataType.String,
        arrayType: VariantArrayType.Array,
        value: ["1"],
      }),
    "value-shape Identification/SerialNumber",
  ],
  [
    "null",
    (it) => it.show("Identification/Model", { dataType: DataType.Null }),
    "value-null Identification/Model",
  ],
  [
    "null of a type",
    (it) => it.show("Identification/ProductCode", scalar(DataType.String, null)),
    "value-null Identification/ProductCode",
  ],
  [
    "bad",
    (it) => it.show("Identification/SerialNumber", text("1"), StatusCodes.BadDeviceFailure),
    "value-status Identification/SerialNumber",
  ],
  [
    "uncertain, which is allowed",
    (it) => it.show("Identification/SerialNumber", text("1"), StatusCodes.UncertainLastUsableValue),
  ],
  ["beyond the enumeration", (it) => it.show(MODE, scalar(DataType.Int32, 6)), `enumeration ${MODE}`],
  ["below the enumeration", (it) => it.show(MODE, scalar(DataType.Int32, -1)), `enumeration ${MODE}`],
  ["unit gone", (it) => it.remove(UNIT), "mandatory Monitoring/Process/spindle-power"],
  ["unit null", (it) => it.show(UNIT, { dataType: DataType.Null }), `value-null ${UNIT}`],
  ["unit of another list", (it) => it.show(UNIT, unit({ namespaceUri: "urn:units" })), `unit ${UNIT}`],
  ["unit without a code", (it) => it.show(UNIT, unit({ unitId: -1 })), `unit ${UNIT}`],
  ["range gone", (it) => it.remove(RANGE), "mandatory Monitoring/Process/spindle-power"],
  ["range reversed", (it) => it.show(RANGE, range(it, 30, 0)), `range ${RANGE}`],
  ["range empty", (it) => it.show(RANGE, range(it, 0, 0)), `range ${RANGE}`],
  [
    "value outside of its range",
    (it) => it.show(RANGE, range(it, 0, 6)),
    "range-value Monitoring/Process/spindle-power",
  ],
  [
    "state of another type",
    (it) => it.show(`${STATE}/Id`, scalar(DataType.NodeId, coerceNodeId("ns=0;i=2930"))),
    `state-id ${STATE}`,
  ],
  [
    "number of another state",
    (it) => it.show(`${STATE}/Number`, scalar(DataType.UInt32, 99)),
    `state-number ${STATE}`,
  ],
  ["state without a number", (it) => it.remove(`${STATE}/Number`), `state-number-missing ${STATE}`],
  [
    "number gone where it is mandatory",
    (it) => it.remove("Production/ActiveProgram/State/CurrentState/Number"),
    "mandatory Production/ActiveProgram/State/CurrentState",
    "state-number-missing Production/ActiveProgram/State/CurrentState",
  ],
];

describe("a machine that is broken on purpose", () => {
  let server: OPCUAServer;
  let space: AddressSpace;
  let session: ClientSession;
  let findings: readonly Finding[];

  beforeAll(async () => {
    const breaks = new Map(BROKEN.map(([name, breakIt]) => [name, breakIt]));
    const broken = await startBrokenServer(folder, [...breaks.keys()], (machine, name) =>
      breaks.get(name)!(machine),
    );
    server = broken.server;
    space = broken.space;
    session = await connect(broken.url);
    findings = await checkInstances(session);
  });

  afterAll(() => server.shutdown(0));

  const withoutNamespaces = (browsePath: string): string => browsePath.replaceAll(/\/\d+:/g, "/");

  test.each(BROKEN)("%s", (name, _breakIt, ...expected) => {
    const start = `Machines/${name}`;
    const found = findings
      .map((it) => ({ rule: it.rule, path: withoutNamespaces(it.browsePath) }))
      .filter(({ path }) => path === start || path.startsWith(`${start}/`))
      .map(({ rule, path }) => `${rule} ${path.slice(start.length + 1)}`);
    expect(found).toEqual(expected);
  });

  test("is found in the same words when the server answers in small pages", async () => {
    const pages = vi.spyOn(session, "browseNext");
    session.requestedMaxReferencesPerNode = 4;
    expect(await checkInstances(session)).toEqual(findings);
    expect(pages).toHaveBeenCalled();
    session.requestedMaxReferencesPerNode = 10_000;
  });

  test("is found within bounds", async () => {
    expect(await checkInstances(session, { findingsMax: 3 })).toHaveLength(3);
    const few = await checkInstances(session, { nodesMax: BROKEN.length });
    expect(few.map(({ rule }) => rule)).toContain("truncated");
    const untouched = few.filter(({ browsePath }) => browsePath.endsWith(":nothing"));
    expect(untouched).toEqual([]);
  });

  test("has a server that is held to what it says about itself", async () => {
    const ofServer = async (): Promise<string[]> =>
      (await checkInstances(session))
        .filter(({ browsePath }) => browsePath.startsWith("Server"))
        .map(({ rule, severity, browsePath, what }) => `${severity} ${rule} ${browsePath} ${what}`);
    const own = "warning namespace-undescribed Server/Namespaces has no metadata for urn:taktwerk:unit";
    expect(await ofServer()).toEqual([own]);

    const profiles = space.findNode("ns=0;i=2269") as UAVariable;
    answer(profiles, scalar(DataType.Null, null), StatusCodes.BadNotSupported);
    space.registerNamespace("http://opcfoundation.org/UA/Nowhere/");
    const metadata = space.getNamespace(MT).findNode("i=120") as UAObject;
    answer(metadata.getPropertyByName("NamespaceVersion")!, scalar(DataType.String, null));
    answer(metadata.getPropertyByName("NamespacePublicationDate")!, scalar(DataType.DateTime, null));
    const error = "error namespace-metadata Server/Namespaces";
    const index = space.getNamespaceIndex(MT);
    expect(await ofServer()).toEqual([
      `${error} has no metadata for http://opcfoundation.org/UA/Nowhere/`,
      own,
      `${error}/${index}:${MT} has no NamespacePublicationDate`,
      `${error}/${index}:${MT} has no NamespaceVersion`,
      "error profile-array Server/ServerCapabilities/ServerProfileArray cannot be read as an array of strings",
    ]);
  });
});

describe("a server that does not answer as it should", () => {
  let server: UnitServer;
  let session: ClientSession;

  beforeAll(async () => {
    const plant = demoPlant();
    plant.advance(60);
    server = new UnitServer(plant, plant.units[0]!, { port: 0, security: ["none"], pkiFolder: folder });
    await server.start();
    session = await connect(server.endpointUrl);
  });

  afterAll(() => server.stop());

  /** A session whose service throws when it is asked for something that `isOdd`. */
  const odd = (service: "read" | "browse", isOdd: (question: string) => boolean): ClientSession =>
    new Proxy(session, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== "function") return method;
        if (name !== service) return method.bind(target) as unknown;
        return async (questions: { nodeId: string }[]) => {
          if (questions.some(({ nodeId }) => isOdd(nodeId))) throw new Error("odd");
          return (await method.call(target, questions)) as unknown;
        };
      },
    });

  test("costs what it spoils and no more", async () => {
    const isOdd = (id: string): boolean => id.endsWith("Identification/SerialNumber");
    const found = await checkInstances(odd("read", isOdd));
    expect(new Set(found.map(({ rule }) => rule))).toEqual(new Set(["service", "data-type", "value-status"]));
    expect(found.filter(({ rule }) => rule === "value-status")).toHaveLength(1);
  });

  test.each(["read", "browse"] as const)("is a finding when every %s fails", async (service) => {
    const found = await checkInstances(odd(service, () => true));
    expect(found.map(({ rule }) => rule)).toContain("service");
  });

  test("has no machine that anyone would find without the folder of machines", async () => {
    const found = await checkInstances(odd("browse", (id) => /^ns=\d+;i=1001$/.test(id)));
    expect(found.map(({ rule }) => rule)).toEqual(["no-machine", "service"]);
  });
});
