/** Commands and job orders as a client in another process gives them, signed and encrypted. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import type { RecordedInput } from "../../src/plant/cell.ts";
import type { Plant } from "../../src/plant/plant.ts";
import { checkInstances } from "../../src/protocol/opcua/conformance/check-instances.ts";
import { UnitServer } from "../../src/protocol/opcua/unit-server.ts";
import { demoPlant } from "../support/demo-plant.ts";
import { MALFORMED, dissector } from "../support/dissect.ts";
import { Operator } from "../support/operator.ts";
import { peer } from "../support/peers.ts";
import { plainSession } from "../support/plain-session.ts";
import { TcpTap } from "../support/tcp-tap.ts";

const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-methods-"));
const CONTROL = "cnc-01/Control";
const JOBS = "cnc-01/MachineryBuildingBlocks/JobManagement/JobOrderControl";
const RESULTS = "cnc-01/MachineryBuildingBlocks/JobManagement/JobOrderResults";
const PROGRAM = "O1001-BRACKET";
const inputs: RecordedInput[] = [];
const plant: Plant = demoPlant();
plant.onInput = (input) => inputs.push(input);
let server: UnitServer;
let operator: Operator;

beforeAll(async () => {
  server = new UnitServer(plant, plant.units[0]!, {
    port: 0,
    security: ["none", "Basic256Sha256/SignAndEncrypt"],
    trust: "all",
    anonymous: "operator",
    pkiFolder: path.join(folder, "server"),
  });
  await server.start();
  operator = new Operator(server.endpointUrl, path.join(folder, "operator"), "SignAndEncrypt");
});

afterAll(async () => {
  await operator.end();
  await server.stop();
  rmSync(folder, { recursive: true });
});

const press = (method: string, ...given: (readonly [string, unknown])[]): Promise<string> =>
  operator.call(CONTROL, `${CONTROL}/${method}`, ...given);

/** Status of the call, and the return status as the number that its bits make. */
async function order(method: string, id: string | object): Promise<[string, number]> {
  const first =
    typeof id === "string" ? { type: "String", value: id } : { type: "ExtensionObject", value: id };
  const comments = { type: "LocalizedText", value: [] };
  const { status, outputs } = await operator.ask<{ status: string; outputs: [[number, number]] }>("call", {
    node: JOBS,
    method: `${JOBS}/${method}`,
    arguments: [first, comments],
  });
  const [high = 0, low = 0] = outputs.at(-1) ?? [];
  return [status, high * 2 ** 32 + low];
}

const status = async (name: string): Promise<unknown> => operator.read(`cnc-01/${name}`);

test("the panel's keys act on the twin, and each that is not refused is a recorded input", async () => {
  plant.advance(60);
  expect(await press("Hold")).toBe("Good");
  expect(await press("Hold")).toBe("BadInvalidState");
  plant.advance(plant.now_s + 2);
  expect(await status("program-state")).toBe("Interrupted");
  expect(await press("Start")).toBe("Good");
  expect(await press("SetOverride", ["String", "feed"], ["Double", 70])).toBe("Good");
  expect(await press("SetOverride", ["String", "feed"], ["Double", 300])).toBe("BadOutOfRange");
  expect(await press("SetOverride", ["String", "lever"], ["Double", 70])).toBe("BadInvalidArgument");
  expect(await press("SetOverride", ["String", "feed"])).toBe("BadArgumentsMissing");
  expect(await press("SetOverride", ["String", "feed"], ["String", "70"])).toBe("BadInvalidArgument");
  expect(await press("SelectProgram", ["String", "O9999"])).toBe("BadNotFound");
  expect(await press("SelectProgram", ["String", null])).toBe("BadNotFound");
  expect(await press("SelectProgram", ["String", "O2040-HOUSING"])).toBe("Good");
  expect(await press("Stop")).toBe("Good");
  expect(await press("Reset")).toBe("Good");
  expect(await press("Start")).toBe("Good");
  plant.advance(plant.now_s + 2);
  expect(await status("feed-override")).toBe(70);
  expect(inputs.map(({ command }) => command.name)).toEqual([
    "hold",
    "start",
    "set-override",
    "select-program",
    "stop",
    "reset",
    "start",
  ]);
});

test("a job order is stored, allowed, worked off and answered for", async () => {
  await operator.ask("subscribe");
  expect(await order("Store", { id: "J1", program: PROGRAM, quantity: 2, priority: 3 })).toEqual(["Good", 1]);
  expect(await order("Store", { id: "J1", program: PROGRAM })).toEqual(["Uncertain", 16]);
  expect(await order("Store", { id: "J2", program: "O9999" })).toEqual(["Uncertain", 2]);
  expect(await order("Store", { id: "J2", program: PROGRAM, quantity: 0 })).toEqual(["Uncertain", 2 ** 32]);
  expect(await order("Start", "J7")).toEqual(["Uncertain", 2]);
  expect(await order("Start", "J1")).toEqual(["Good", 1]);
  expect(await order("Start", "J1")).toEqual(["Uncertain", 8]);
  const [listed] = (await operator.read(`${JOBS}/JobOrderList`)) as Record<string, Record<string, unknown>>[];
  expect(listed).toMatchObject({
    jobOrder: { jobOrderID: "J1", priority: 3, workMasterID: [{ ID: PROGRAM }] },
    state: [{ stateText: { text: "AllowedToStart" }, stateNumber: 2 }],
  });
  while (plant.jobs("cnc-01")[0]!.state !== "Running") plant.advance(plant.now_s + 10);
  expect(await order("Pause", "J1")).toEqual(["Good", 1]);
  expect(await operator.read(`${JOBS}/CurrentState`)).toBe("Interrupted");
  expect(await order("Resume", "J1")).toEqual(["Good", 1]);
  while (plant.jobs("cnc-01")[0]!.state !== "Ended") plant.advance(plant.now_s + 10);
  const ended = await operator.event(({ Message }) =>
    /^job order J1 ended: Ended, 2 of 2/.test(String(Message)),
  );
  expect(ended).toMatchObject({ SourceName: "cnc-01", Severity: 100 });
  const answer = await operator.ask<{ outputs: [Record<string, unknown>, [number, number]] }>("call", {
    node: RESULTS,
    method: `${RESULTS}/RequestJobResponseByJobOrderID`,
    arguments: [{ type: "String", value: "J1" }],
  });
  expect(answer.outputs[0]).toMatchObject({
    jobOrderID: "J1",
    jobState: [{ stateText: { text: "Ended" }, stateNumber: 5 }],
    jobResponseData: [{ ID: "PartsGood", value: { value: 2 } }, { ID: "PartsScrapped" }],
  });
  expect(answer.outputs[1]).toEqual([0, 1]);
});

test("whoever only observes may not command", async () => {
  const watched = new UnitServer(plant, plant.units[1]!, { port: 0, security: ["none"], pkiFolder: folder });
  await watched.start();
  const observer = new Operator(watched.endpointUrl, path.join(folder, "observer"));
  expect(await observer.call("cnc-02/Control", "cnc-02/Control/Stop")).toBe("BadUserAccessDenied");
  expect(inputs.some(({ unit }) => unit === "cnc-02")).toBe(false);
  await observer.end();
  await watched.stop();
});

test("the machine is what its types say, with job orders in its list", async () => {
  await order("Store", { id: "J3", program: PROGRAM });
  const { session, close } = await plainSession(server.endpointUrl);
  expect(await checkInstances(session)).toEqual([]);
  await close();
});

test("each part leaves a result that says it is simulated, and an event when it is there", async () => {
  const management = "cnc-01/ResultManagement";
  operator.events.length = 0;
  while (operator.events.every(({ Message }) => !/^part \d+ of /.test(String(Message)))) {
    plant.advance(plant.now_s + 60);
    await operator.read("cnc-01/parts-produced");
  }
  const latest = await operator.ask<{ outputs: [number, Record<string, Record<string, unknown>>, number] }>(
    "call",
    {
      node: management,
      method: `${management}/GetLatestResult`,
      arguments: [{ type: "Int32", value: 0 }],
    },
  );
  expect(latest.outputs[2]).toBe(0);
  const meta = latest.outputs[1].resultMetaData!;
  expect(meta).toMatchObject({ isSimulated: true, isPartial: false, internalRecipeId: "O2040-HOUSING" });
  const byId = (id: unknown) =>
    operator.ask<{ outputs: [number, Record<string, Record<string, unknown>>, number] }>("call", {
      node: management,
      method: `${management}/GetResultById`,
      arguments: [
        { type: "String", value: id },
        { type: "Int32", value: 0 },
      ],
    });
  expect((await byId(meta.resultId)).outputs[1].resultMetaData).toEqual(meta);
  expect((await byId("never made")).outputs[2]).toBe(1);
});

const tshark = peer("tshark");

/** Numbers of the messages' encodings (Part 6, A.1). */
const CALL_RESPONSE = 715;
const HISTORY_READ_RESPONSE = 667;
const PUBLISH_RESPONSE = 829;

test.skipIf(!tshark)("tshark finds nothing wrong with calls, structures, events and history", async () => {
  const tap = new TcpTap(Number(server.endpointUrl.split(":").at(-1)));
  const tapped = new Operator(`opc.tcp://127.0.0.1:${await tap.open()}`, path.join(folder, "tapped"));
  await tapped.ask("subscribe");
  const order = { type: "ExtensionObject", value: { id: "J9", program: PROGRAM, quantity: 3, priority: 1 } };
  await tapped.ask("call", {
    node: JOBS,
    method: `${JOBS}/StoreAndStart`,
    arguments: [order, { type: "LocalizedText", value: [] }],
  });
  await tapped.event(({ Message }) => /^job order J9 stored/.test(String(Message)));
  await tapped.read(`${JOBS}/JobOrderList`);
  await tapped.call(CONTROL, `${CONTROL}/SetOverride`, ["String", "feed"], ["Double", 95]);
  await tapped.ask("refresh");
  await tapped.ask("call", {
    node: "cnc-01/ResultManagement",
    method: "cnc-01/ResultManagement/GetLatestResult",
    arguments: [{ type: "Int32", value: 0 }],
  });
  const now_ms = plant.now_ms;
  await tapped.ask("history", { node: "cnc-01/energy", from_ms: now_ms - 60_000, to_ms: now_ms });
  await tapped.end();
  tap.close();
  const dissect = dissector(tshark!, tap, path.join(folder, "calls.pcap"));
  for (const response of [CALL_RESPONSE, HISTORY_READ_RESPONSE, PUBLISH_RESPONSE]) {
    expect(dissect(`opcua.servicenodeid.numeric == ${response}`), String(response)).not.toEqual([]);
  }
  expect(dissect(MALFORMED)).toEqual([]);
});
