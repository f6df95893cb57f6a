/** The instance checker against our own servers, and against machines that are broken on purpose. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { BrowseResult, DataType, DataValue, OPCUAClient, StatusCodes, VariantArrayType } from "node-opcua";
import type { AddressSpace, ClientSession, OPCUAServer, UAObject, UAVariable } from "node-opcua";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { checkInstances } from "../../src/protocol/opcua/conformance/check-instances.ts";
import type { Finding } from "../../src/protocol/opcua/conformance/finding.ts";
import { NAMESPACE, scalar } from "../../src/protocol/opcua/unit-nodes.ts";
import { UnitServer } from "../../src/protocol/opcua/unit-server.ts";
import type { PlantPort, UnitDescription } from "../../src/protocol/port.ts";
import { BROKEN } from "../support/broken-machines-table.ts";
import { answer, startBrokenServer } from "../support/broken-machines.ts";
import { demoPlant } from "../support/demo-plant.ts";
import { MODELS, modelPlant } from "../support/model-plant.ts";
import { emitAll, fakeCnc } from "../support/fake-cnc.ts";
import { FakePlant, fakeUnit } from "../support/fake-plant.ts";

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

/** What is found on a server of this unit. */
async function checked(plant: PlantPort, unit: UnitDescription): Promise<Finding[]> {
  const server = new UnitServer(plant, unit, { port: 0, security: ["none"], pkiFolder: folder });
  await server.start();
  try {
    return await checkInstances(await connect(server.endpointUrl));
  } finally {
    await server.stop();
  }
}

describe("a unit", () => {
  test.each(["cnc", "of no kind that we know"])(
    "of kind %s is what its types say, with few signals as well",
    async (kind) => {
      const unit = { ...fakeUnit("few"), kind };
      const plant = new FakePlant([unit]);
      plant.emit("few", "motion", [8000, 40]);
      plant.emit("few", "status", ["O1000.nc", 7, false]);
      plant.emit("few", "thermal", [41.3]);
      expect(await checked(plant, unit)).toEqual([]);
    },
  );

  test("with all that a machine tool can have is what its types say", async () => {
    const unit = fakeCnc("all");
    const plant = new FakePlant([unit]);
    emitAll(plant, "all");
    expect(await checked(plant, unit)).toEqual([]);
  });

  test("that has not ticked yet has bad values, and nothing else is wrong", async () => {
    const unit = fakeUnit("new");
    const found = await checked(new FakePlant([unit]), unit);
    expect(new Set(found.map(({ what }) => what))).toEqual(new Set(["is BadWaitingForInitialData"]));
  });
});

describe("a machine", () => {
  test.each(Object.keys(MODELS))("of %s is what its types say, at rest and at work", async (model) => {
    const plant = modelPlant();
    const unit = plant.units.find((it) => it.model === model)!;
    const server = new UnitServer(plant, unit, { port: 0, security: ["none"], pkiFolder: folder });
    await server.start();
    try {
      const session = await connect(server.endpointUrl);
      for (const minutes of [1, 20, 200]) {
        plant.advance(minutes * 60);
        expect(await checkInstances(session), `after ${minutes} minutes`).toEqual([]);
      }
    } finally {
      await server.stop();
    }
  });
});

const UA = "http://opcfoundation.org/UA/";
const MT = NAMESPACE.machineTool;

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

  test("is told in words that lead to what is wrong", () => {
    const of = (name: string): string[] =>
      findings.filter(({ browsePath }) => browsePath.includes(`:${name}/`)).map(({ what }) => what);
    expect(of("other type")[0]).toMatch(
      /^is of type FolderType, declared as \d+:EquipmentType or a subtype$/,
    );
    expect(of("other data type, with a value of it")).toEqual([
      "has the data type Int32, its declaration asks for String or a subtype",
    ]);
    expect(of("beyond the enumeration")[0]).toContain("is 6, the enumeration has 0 Manual, 1 Automatic");
    expect(of("number of another state")[0]).toMatch(
      /^has the number 99, its state \d+:Executing is number 3$/,
    );
  });

  test("is found in the same words when the server answers in small pages", async () => {
    const pages = vi.spyOn(session, "browseNext");
    session.requestedMaxReferencesPerNode = 4;
    expect(await checkInstances(session)).toEqual(findings);
    expect(pages).toHaveBeenCalled();
    session.requestedMaxReferencesPerNode = 10_000;
  });

  test("is found within bounds", async () => {
    const cut = (await checkInstances(session, { findingsMax: 1 })).map(({ rule }) => rule);
    expect(new Set(cut)).toEqual(new Set([...findings.map(({ rule }) => rule), "truncated"]));
    expect(cut).toHaveLength(new Set(cut).size);
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

  type Service = (questions: readonly { nodeId: string }[]) => Promise<unknown>;

  /** A session with one service that answers otherwise. */
  const odd = (service: "read" | "browse", otherwise: (ask: Service) => Service): ClientSession =>
    new Proxy(session, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== "function") return method;
        const ask = method.bind(target) as Service;
        return name === service ? otherwise(ask) : ask;
      },
    });

  /** Throws when it is asked for something that `isOdd`. */
  const throwing = (service: "read" | "browse", isOdd: (nodeId: string) => boolean): ClientSession =>
    odd(service, (ask) => async (questions) => {
      if (questions.some(({ nodeId }) => isOdd(nodeId))) throw new Error("odd");
      return ask(questions);
    });

  test("costs what it spoils and no more", async () => {
    const isOdd = (id: string): boolean => id.endsWith("cnc-01/Identification/SerialNumber");
    const found = await checkInstances(throwing("read", isOdd));
    expect(new Set(found.map(({ rule }) => rule))).toEqual(new Set(["service", "data-type", "value-status"]));
    expect(found.filter(({ rule }) => rule === "value-status")).toHaveLength(1);
  });

  test.each(["read", "browse"] as const)("is a finding when every %s fails", async (service) => {
    const found = await checkInstances(throwing(service, () => true));
    expect(found.map(({ rule }) => rule)).toContain("service");
  });

  test("may be short of continuation points", async () => {
    const statusCode = StatusCodes.BadNoContinuationPoints;
    const short = odd("browse", (ask) => async (questions) => {
      const answers = (await ask(questions)) as BrowseResult[];
      return answers.map((answer, i) => (i % 2 === 0 ? answer : new BrowseResult({ statusCode })));
    });
    expect(await checkInstances(short)).toEqual([]);
  });

  test("without Machinery has no folder of machines", async () => {
    const value = { dataType: DataType.String, arrayType: VariantArrayType.Array, value: [UA, "urn:x"] };
    const bare = odd("read", (ask) => async (questions) => {
      return questions[0]?.nodeId === "ns=0;i=2255" ? [new DataValue({ value })] : ask(questions);
    });
    expect((await checkInstances(bare)).map(({ rule }) => rule)).toEqual(["machines-folder"]);
  });

  test("has no machine that anyone would find without the folder of machines", async () => {
    const found = await checkInstances(throwing("browse", (id) => /^ns=\d+;i=1001$/.test(id)));
    expect(found.map(({ rule }) => rule)).toEqual(["no-machine", "service"]);
  });
});
