/** Alarms and events as a client in another process sees and handles them, signed and encrypted. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import type { Plant } from "../../src/plant/plant.ts";
import type { RecordedInput } from "../../src/plant/cell.ts";
import { checkInstances } from "../../src/protocol/opcua/conformance/check-instances.ts";
import { UnitServer } from "../../src/protocol/opcua/unit-server.ts";
import { Operator, type OperatorEvent } from "../support/operator.ts";
import { plainSession } from "../support/plain-session.ts";
import { warmPlant } from "../support/warm-plant.ts";

const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-alarms-"));
const ALARM = "cnc-01/Conditions/spindle-temperature-high";
const inputs: RecordedInput[] = [];
let plant: Plant;
let server: UnitServer;
let operator: Operator;

beforeAll(async () => {
  plant = warmPlant();
  plant.onInput = (input) => inputs.push(input);
  server = new UnitServer(plant, plant.units[0]!, {
    port: 0,
    security: ["none", "Basic256Sha256/SignAndEncrypt"],
    trust: "all",
    anonymous: "operator",
    pkiFolder: path.join(folder, "server"),
  });
  await server.start();
  operator = new Operator(server.endpointUrl, path.join(folder, "operator"), "SignAndEncrypt");
  await operator.ask("subscribe");
});

afterAll(async () => {
  await operator.end();
  await server.stop();
  rmSync(folder, { recursive: true });
});

const isAlarm = (event: OperatorEvent): boolean => event.ConditionName === "spindle-temperature-high";
const state = () => plant.conditions("cnc-01")[0]!;

/** The alarm as a refresh tells it. */
async function refreshed(): Promise<OperatorEvent> {
  operator.events.length = 0;
  expect(await operator.ask("refresh")).toEqual({ status: "Good" });
  return operator.event(isAlarm);
}

test("an alarm comes with message, severity and states, and lasts in the plant until it is handled", async () => {
  while (!state().active) plant.advance(plant.now_s + 10);
  const raised = await operator.event(isAlarm);
  expect(raised).toMatchObject({
    SourceName: "cnc-01",
    Message: "SPINDLE TEMPERATURE HIGH",
    Severity: 600,
    "ActiveState.Id": true,
    "AckedState.Id": false,
    "ConfirmedState.Id": false,
    Retain: true,
  });
  expect(await operator.read(`${ALARM}/ErrorCode`)).toBe("9031");
  const wrong = ["ByteString", Buffer.from("no such event").toString("base64")] as const;
  const comment = ["LocalizedText", { text: "seen at the spindle" }] as const;
  expect(await operator.call(ALARM, `${ALARM}/Acknowledge`, wrong, comment)).toBe("BadEventIdUnknown");
  const seen = ["ByteString", raised.EventId] as const;
  expect(await operator.call(ALARM, `${ALARM}/Confirm`, seen, comment)).toBe("BadInvalidState");
  // The id of the Method of the type is as good as that of the instance's.
  expect(await operator.call(ALARM, "i=9111", seen, comment)).toBe("Good");
  expect(state()).toMatchObject({ acknowledged: true, confirmed: false, comment: "seen at the spindle" });
  const acknowledged = await operator.event(isAlarm);
  expect(acknowledged).toMatchObject({ "AckedState.Id": true, Comment: "seen at the spindle", Retain: true });
  expect(
    await operator.call(ALARM, `${ALARM}/Acknowledge`, ["ByteString", acknowledged.EventId], comment),
  ).toBe("BadConditionBranchAlreadyAcked");
  expect(inputs.map(({ command }) => command.name)).toEqual(["acknowledge"]);
});

test("a client that comes back finds what it left by a refresh", async () => {
  await operator.ask("reconnect");
  await operator.ask("subscribe");
  const found = await refreshed();
  expect(found).toMatchObject({ "ActiveState.Id": true, "AckedState.Id": true, Retain: true });
  const comment = ["LocalizedText", { text: "bearing greased" }] as const;
  const seen = ["ByteString", found.EventId] as const;
  expect(await operator.call(ALARM, `${ALARM}/AddComment`, seen, comment)).toBe("Good");
  const commented = await operator.event(isAlarm);
  const confirming = ["ByteString", commented.EventId] as const;
  expect(await operator.call(ALARM, `${ALARM}/Confirm`, confirming, comment)).toBe("Good");
  expect(state()).toMatchObject({ confirmed: true, active: true });
});

test("shelving is the plant's, with the time that is left", async () => {
  const shelving = `${ALARM}/ShelvingState`;
  expect(await operator.call(shelving, `${shelving}/Unshelve`)).toBe("BadConditionNotShelved");
  expect(await operator.call(shelving, `${shelving}/TimedShelve`, ["Double", -5])).toBe(
    "BadShelvingTimeOutOfRange",
  );
  expect(await operator.call(shelving, `${shelving}/TimedShelve`, ["Double", 60_000])).toBe("Good");
  expect(state().shelving).toBe("timed-shelved");
  expect(await operator.read(`${shelving}/CurrentState`)).toBe("TimedShelved");
  expect(await operator.read(`${ALARM}/SuppressedOrShelved`)).toBe(true);
  plant.advance(plant.now_s + 20);
  expect(await operator.read(`${shelving}/UnshelveTime`)).toBe(40_000);
  plant.advance(plant.now_s + 40);
  expect(await operator.read(`${shelving}/CurrentState`)).toBe("Unshelved");
  expect(await operator.call(shelving, `${shelving}/OneShotShelve`)).toBe("Good");
  expect(state().shelving).toBe("one-shot-shelved");
  expect(await operator.call(shelving, `${shelving}/Unshelve`)).toBe("Good");
});

test("a disabled alarm lives on in the plant, and its node is up to date again when it is enabled", async () => {
  const shelving = `${ALARM}/ShelvingState`;
  const before = inputs.length;
  expect(await operator.call(ALARM, `${ALARM}/Disable`)).toBe("Good");
  expect(await operator.call(ALARM, `${ALARM}/Disable`)).toBe("BadConditionAlreadyDisabled");
  expect(await operator.call(shelving, `${shelving}/OneShotShelve`)).toBe("Good");
  expect(state()).toMatchObject({ active: true, shelving: "one-shot-shelved" });
  expect(await operator.call(shelving, `${shelving}/Unshelve`)).toBe("Good");
  expect(inputs).toHaveLength(before + 2);
  operator.events.length = 0;
  expect(await operator.call(ALARM, `${ALARM}/Enable`)).toBe("Good");
  // Those of the time in between say that it is disabled.
  const enabled = await operator.event((event) => isAlarm(event) && event["ActiveState.Id"] === true);
  expect(enabled.Retain).toBe(true);
  const long = ["LocalizedText", { text: "x".repeat(300) }] as const;
  const last = await operator.read(`${ALARM}/EventId`);
  expect(await operator.call(ALARM, `${ALARM}/AddComment`, ["ByteString", last], long)).toBe(
    "BadInvalidArgument",
  );
});

test("two servers that share their types keep their alarms and their past apart", async () => {
  const other = new UnitServer(plant, plant.units[1]!, {
    port: 0,
    security: ["none"],
    anonymous: "operator",
    trust: "all",
    pkiFolder: path.join(folder, "server"),
  });
  await other.start();
  const neighbour = new Operator(other.endpointUrl, path.join(folder, "neighbour"));
  const alarm = ALARM.replace("cnc-01", "cnc-02");
  expect(await neighbour.read(`${alarm}/ActiveState/Id`)).toBe(plant.conditions("cnc-02")[0]!.active);
  expect(await neighbour.call(alarm, `${alarm}/Disable`)).toBe("Good");
  expect(await operator.read(`${ALARM}/EnabledState/Id`)).toBe(true);
  const request = { from_ms: plant.now_ms - 60_000, to_ms: plant.now_ms };
  const mine = await operator.ask("history", { ...request, node: "cnc-01/spindle-speed" });
  const theirs = await neighbour.ask("history", { ...request, node: "cnc-02/spindle-speed" });
  expect(mine).not.toEqual(theirs);
  await neighbour.end();
  await other.stop();
  expect(await operator.ask("history", { ...request, node: "cnc-01/spindle-speed" })).toEqual(mine);
});

test("states, parts and tools are told as events, each with a message and a severity above 0", async () => {
  operator.events.length = 0;
  plant.advance(plant.now_s + 900);
  const transition = await operator.event((event) => event.ToState === "NotExecuting");
  expect(transition).toMatchObject({ FromState: "Executing", SourceName: "cnc-01" });
  const messages: string[] = [];
  await operator.event((event) => {
    messages.push(String(event.Message));
    expect(event.Severity).toBeGreaterThan(0);
    return /^part \d+ of .*BRACKET finished$/.test(String(event.Message));
  });
  await operator.event(({ Message }) => /^tool \d+ -> \d+$/.test(String(Message)));
});

test("the machine is what its types say while all this goes on", async () => {
  const { session, close } = await plainSession(server.endpointUrl);
  expect(await checkInstances(session)).toEqual([]);
  await close();
});
