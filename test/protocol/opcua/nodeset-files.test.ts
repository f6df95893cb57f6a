import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { AttributeIds, nodesets as official, OPCUAClient } from "node-opcua";
import { afterAll, describe, expect, test } from "vitest";

import { CodedError } from "../../../src/errors.ts";
import { NODESETS } from "../../../src/protocol/opcua/information-model.ts";
import { checkNodesets, nodesetFiles } from "../../../src/protocol/opcua/nodeset-files.ts";
import { UnitServer } from "../../../src/protocol/opcua/unit-server.ts";
import { fakeCnc } from "../../support/fake-cnc.ts";
import { FakePlant } from "../../support/fake-plant.ts";

const root = mkdtempSync(path.join(tmpdir(), "taktwerk-nodesets-"));
afterAll(() => rmSync(root, { recursive: true }));

const UA = "http://opcfoundation.org/UA/";
const GRINDING = "urn:test:grinding";
const WHEELS = "urn:test:wheels";

/** A nodeset with one type, an object of it below Objects, and a Property that holds the version. */
function nodeset(uri: string, version: string, requires: readonly string[] = [UA]): string {
  const required = requires.map((it) => `<RequiredModel ModelUri="${it}" Version="1.0"/>`).join("");
  return `<?xml version="1.0" encoding="utf-8"?>
<UANodeSet xmlns="http://opcfoundation.org/UA/2011/03/UANodeSet.xsd">
  <NamespaceUris><Uri>${uri}</Uri></NamespaceUris>
  <Models><Model ModelUri="${uri}" Version="${version}" PublicationDate="2026-01-01T00:00:00Z">${required}</Model></Models>
  <UAObjectType NodeId="ns=1;i=1" BrowseName="1:ThingType">
    <DisplayName>ThingType</DisplayName>
    <References><Reference ReferenceType="i=45" IsForward="false">i=58</Reference></References>
  </UAObjectType>
  <UAObject NodeId="ns=1;i=2" BrowseName="1:Thing">
    <DisplayName>Thing</DisplayName>
    <References>
      <Reference ReferenceType="i=40">ns=1;i=1</Reference>
      <Reference ReferenceType="i=35" IsForward="false">i=85</Reference>
      <Reference ReferenceType="i=46">ns=1;i=3</Reference>
    </References>
  </UAObject>
  <UAVariable NodeId="ns=1;i=3" BrowseName="1:Version" DataType="i=12">
    <DisplayName>Version</DisplayName>
    <References>
      <Reference ReferenceType="i=40">i=68</Reference>
      <Reference ReferenceType="i=46" IsForward="false">ns=1;i=2</Reference>
    </References>
    <Value><String xmlns="http://opcfoundation.org/UA/2008/02/Types.xsd">${version}</String></Value>
  </UAVariable>
</UANodeSet>
`;
}

/** A folder with these files. */
function folderOf(name: string, files: Record<string, string>): string {
  const folder = path.join(root, name);
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), content);
  }
  return folder;
}

async function refusal(work: () => unknown): Promise<CodedError> {
  const error: unknown = await (async () => work())().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CodedError);
  expect((error as CodedError).code).toBe("nodeset-unusable");
  return error as CodedError;
}

const ours = (files: readonly string[]): string[] =>
  files.filter((file) => !NODESETS.includes(file)).map((file) => path.relative(root, file));

describe("what is loaded", () => {
  test("is ours first, then what folders have, after what it requires, wherever that is", () => {
    const folders = [
      folderOf("a", {
        "deep/grinding.xml": nodeset(GRINDING, "1.0", [UA, WHEELS, "http://opcfoundation.org/UA/Robotics/"]),
      }),
      folderOf("b", { "wheels.XML": nodeset(WHEELS, "1.0"), "notes.txt": "not read" }),
    ];
    const files = nodesetFiles(folders);
    expect(files.slice(0, NODESETS.length)).toEqual(NODESETS);
    const rest = files.slice(NODESETS.length).map((file) => path.basename(file));
    expect(rest).toEqual(["wheels.XML", "Opc.Ua.Robotics.NodeSet2.xml", "grinding.xml"]);
  });

  test("is the highest version of each model, by numbers", () => {
    const folder = folderOf("versions", {
      "old.xml": nodeset(GRINDING, "1.9"),
      "new.xml": nodeset(GRINDING, "1.10"),
      "older.xml": nodeset(GRINDING, "1.2.7"),
    });
    expect(ours(nodesetFiles([folder]))).toEqual([path.join("versions", "new.xml")]);
  });

  test("is ours where nothing newer is brought", () => {
    const folder = folderOf("di", { "di.xml": nodeset("http://opcfoundation.org/UA/DI/", "1.0") });
    expect(nodesetFiles([folder])).toEqual(NODESETS);
  });
});

describe("is refused with the file's name", () => {
  test("a model that nobody has", async () => {
    const folder = folderOf("missing", {
      "grinding.xml": nodeset(GRINDING, "1.0", [UA, "urn:test:nowhere"]),
    });
    const error = await refusal(() => nodesetFiles([folder]));
    expect(error.message).toBe("this nodeset requires the model urn:test:nowhere, which is not there");
    expect(error.place?.file).toBe(path.join(folder, "grinding.xml"));
  });

  test("XML that is no nodeset, and a folder that is none", async () => {
    const folder = folderOf("other", { "page.xml": "<html/>" });
    expect((await refusal(() => nodesetFiles([folder]))).place?.file).toBe(path.join(folder, "page.xml"));
    const nowhere = path.join(root, "nowhere");
    expect((await refusal(() => nodesetFiles([nowhere]))).place?.file).toBe(nowhere);
  });

  test.each([
    ["cut off", (text: string) => text.slice(0, -200)],
    [
      "with a type that does not exist",
      (text: string) => text.replace(">ns=1;i=1</Reference>", ">ns=1;i=99</Reference>"),
    ],
    ["with tags that do not match", (text: string) => text.replace("</UAObject>", "</UAThing>")],
  ])("a file %s", async (_what, breakIt) => {
    const broken = breakIt(nodeset(GRINDING, "1.0"));
    const folder = folderOf(`broken ${_what}`, { "a.xml": nodeset(WHEELS, "1.0"), "grinding.xml": broken });
    const error = await refusal(() => checkNodesets(nodesetFiles([folder])));
    expect(error.message).toMatch(/^this nodeset cannot be loaded: ./);
    expect(error.place?.file).toBe(path.join(folder, "grinding.xml"));
  });
});

test.each([true, false])("servers with shared types %s show what was brought", async (sharedTypes) => {
  const folder = folderOf("shown", { "grinding.xml": nodeset(GRINDING, "2.5") });
  const files = nodesetFiles([folder]);
  await checkNodesets(files);
  const plant = new FakePlant([fakeCnc("cnc-01")]);
  const server = new UnitServer(plant, plant.units[0]!, {
    port: 0,
    security: ["none"],
    pkiFolder: path.join(root, "pki"),
    nodesets: files,
    sharedTypes,
    warn: (line) => expect.unreachable(line),
  });
  await server.start();
  const client = OPCUAClient.create({ connectionStrategy: { maxRetry: 0 } });
  await client.connect(server.endpointUrl);
  const session = await client.createSession();
  const index = (await session.readNamespaceArray()).indexOf(GRINDING);
  const value = await session.read({ nodeId: `ns=${index};i=3`, attributeId: AttributeIds.Value });
  expect(value.value.value).toBe("2.5");
  await client.disconnect();
  await server.stop();
});

test("official nodesets in a newer version than the package's load, with what they require", async () => {
  const newer = (file: string): string => {
    const text = readFileSync(file, "utf8");
    return text.replace(/(<Model [^>]*? Version=")[^"]+/, "$199.1");
  };
  const wood = official.woodWorking;
  const boards = path.join(path.dirname(wood), "Opc.Ua.Eumabois.Nodeset2.xml");
  const folder = folderOf("official", {
    "2/eumabois.xml": newer(boards),
    "1/woodworking.xml": newer(wood),
  });
  const files = nodesetFiles([folder]);
  expect(ours(files)).toEqual(["1/woodworking.xml", "2/eumabois.xml"].map((it) => path.join("official", it)));
  await checkNodesets(files);
});
