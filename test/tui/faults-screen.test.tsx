/** Faults that are injected, end by themselves and are cleared, on units and on their wires. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Run, type RunOptions } from "../../src/runtime/run.ts";
import { KEY, TestRoom } from "../support/control-room.tsx";
import { demoPlan } from "../support/demo-plant.ts";
import { OpcUaClients, outcome, readValue } from "../support/opcua-clients.ts";
import { wiredPlan, type WiredPlan } from "../support/wired-plan.ts";

// Read before the working folder is another.
const SILENT = demoPlan({ endpoints: false, speed: 1 });
const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-faults-screen-"));
const home = process.cwd();
const clients = new OpcUaClients(folder);
const opened: TestRoom[] = [];

// Keys and certificates are kept below the working folder.
beforeAll(() => process.chdir(folder));
afterEach(async () => {
  await clients.close();
  for (const room of opened.splice(0)) await room.close();
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

async function open(
  { plan }: Pick<WiredPlan, "plan"> = { plan: SILENT },
  options: Partial<RunOptions> = {},
  size: [number, number] = [120, 40],
): Promise<TestRoom> {
  const room = await TestRoom.open(plan, 60, size, options);
  opened.push(room);
  await room.press("4");
  await room.until(/\d+ kinds/);
  return room;
}

/** Leaves one kind in the list. */
async function find(room: TestRoom, kind: string): Promise<void> {
  await room.press("/");
  await room.until(/\/ .*▏/);
  await room.press(KEY.ctrlU, kind, KEY.enter);
  await room.until(new RegExp(`/${kind}\\n>.* ${kind} `));
}

async function inject(room: TestRoom, kind: string, given: string): Promise<void> {
  await find(room, kind);
  await room.press(KEY.enter);
  await room.until(new RegExp(`inject ${kind} into`));
  await room.press(KEY.ctrlU, given, KEY.enter);
}

test("the list is filtered while one types, by id, title and family", async () => {
  const room = await open();
  await room.press("/");
  await room.until(/\/ ▏/);
  await room.press("s", "e", "n", "s", "o", "r", "-");
  const frame = await room.until(/\/sensor-/);
  expect(frame).toMatch(/sensor +sensor-bias/);
  expect(frame).not.toMatch(/tool-wear|datagram/);
});

describe.each([1, 2])("on %i hosts", (hosts) => {
  test("a fault with a time ends by itself, and tells how long it is left", async () => {
    const room = await open(undefined, { hosts });
    await inject(room, "servo-overload", "severity=1 for=90s");
    await room.until(/inject-fault fault=servo-overload .*for_s=90 done/);
    await room.until(/ACTIVE servo-overload-1 +90 s left/);
    await room.run.pace({ do: "step", to_s: 130 });
    await room.until(/ACTIVE servo-overload-1 +20 s left/);
    await room.press(KEY.up);
    await room.until(/ends by itself in 20 s of plant time/);
    await room.run.pace({ do: "step", to_s: 150 });
    await room.until(/cnc-01: 0 active, 0 in the whole plant/);
    const [window] = (await room.run.look("cnc-01")).faults;
    expect(window).toMatchObject({ id: "servo-overload-1", from_s: 60, ends_s: 150, until_s: 150 });
  });

  test("u lists what is there on all units, and f goes to the unit", async () => {
    const room = await open(undefined, { hosts });
    const parameters = { severity: 1, id: "mine" };
    for (const [unit, fault] of [
      ["cnc-01", "servo-overload"],
      ["mill-01", "tool-wear"],
    ])
      await room.run.command(unit!, { name: "inject-fault", arguments: { fault: fault!, ...parameters } });
    await room.until(/cnc-01: 1 active, 2 in the whole plant/);
    await room.press("u");
    await room.until(/all units: 2 active[\s\S]*cnc-01 +mine +servo-overload[\s\S]*mill-01 +mine +tool-wear/);
    await room.press("/");
    await room.until(/\/ ▏/);
    await room.press("m", "i", "l", "l", KEY.enter);
    await room.until(/1 with \/mill[\s\S]*> mill-01/);
    await room.press("f");
    await room.until(/ mill-01: 1 active, 2 in the whole plant/);
    await room.press("u");
    await room.until(/> mill-01/);
    await room.press(KEY.enter);
    await room.until(/Clear mine of mill-01/);
    await room.press("y");
    await room.until(/all units: 1 active/);
    expect((await room.run.look("mill-01")).faults[0]!.until_s).toBe(60);
  });
});

test("a session with a fault that ended by itself comes to the same digest again", async () => {
  const inputs: RunOptions["replay"][number][] = [];
  const live = new Run(SILENT, { onInput: (input) => inputs.push(input) });
  await live.start();
  const finished = live.finish();
  await live.pace({ do: "pause" });
  await live.pace({ do: "step", to_s: 60 });
  const given = { fault: "servo-overload", id: "hot", for_s: 30 };
  await live.command("cnc-01", { name: "inject-fault", arguments: given });
  await live.pace({ do: "step", to_s: 120 });
  const { digest } = await live.snapshot();
  live.stop();
  await finished;
  await live.close();
  const again = new Run({ ...SILENT, speed: "max", duration_s: 120 }, { replay: inputs });
  await again.start();
  const replayed = await again.finish();
  await again.close();
  expect(replayed.digest).toBe(digest);
  expect(replayed.faults).toMatchObject([{ id: "hot", from_s: 60, ends_s: 90, until_s: 90 }]);
});

test("one that sets in says how far it is", async () => {
  const room = await open();
  await inject(room, "spindle-bearing-wear", "");
  await room.until(/done/);
  const { from_s, full_s } = (await room.run.look("cnc-01")).faults[0]!;
  expect(full_s).toBeGreaterThan(from_s);
  await room.until(/ACTIVE spindle-bearing-wear-1 +0 % set in/);
  await room.run.pace({ do: "step", to_s: from_s + (full_s - from_s) / 2 });
  await room.until(/ACTIVE spindle-bearing-wear-1 +(50|49) % set in/);
  await room.press(KEY.up);
  await room.until(/stays until it is cleared[\s\S]*stays worn/);
});

test.each([
  ["90", /for=90: its unit is missing/],
  ["soon", /for=soon: that is no number with a unit/],
  ["0s", /refused: "for_s": 0 is no time/],
])("a time of %s is none", async (time, said) => {
  const room = await open();
  await inject(room, "servo-overload", `for=${time}`);
  await room.until(said);
  expect((await room.run.look("cnc-01")).faults).toEqual([]);
});

test("kinds that a unit cannot have say why, and are not asked for", async () => {
  const silent = await open();
  await find(silent, "server-down");
  await silent.until(/Not on this unit: The unit has no OPC UA server/);
  await silent.press(KEY.enter);
  await silent.until(/server-down cannot be on cnc-01: The unit has no OPC UA server/);
  const wired = await open(await wiredPlan({ opcua: "{ security: [none] }" }));
  await find(wired, "partition");
  await wired.until(/Not on this unit: In a plant as large as this one/);
  await find(wired, "certificate-expired");
  await wired.until(/Its server offers no security/);
});

test.each([1, 2])(
  "a fault on the wire ends by itself, and clients notice both, on %i hosts",
  async (hosts) => {
    const wired = await wiredPlan({ mqttsn: "false" });
    const room = await open(wired, { hosts });
    const session = await clients.open(`opc.tcp://127.0.0.1:${wired.opcuaPort}`);
    const status = async (): Promise<string> =>
      (await readValue(session, "cnc-01/spindle-temperature")).statusCode.name;
    await inject(room, "bad-status", "for=30s");
    await room.until(/cnc-01: bad-status begun/);
    await room.until(/ACTIVE bad-status-1 +30 s left/);
    expect(await status()).toBe("BadNoCommunication");
    await room.run.pace({ do: "step", to_s: 90 });
    await room.until(/cnc-01: 0 active/);
    expect(await status()).toBe("Good");
  },
);

test("a fault on the wire that stays is cleared by hand", async () => {
  const wired = await wiredPlan({ mqttsn: "false" });
  const room = await open(wired, {}, [80, 24]);
  const url = `opc.tcp://127.0.0.1:${wired.opcuaPort}`;
  await inject(room, "sessions-refused", "");
  await room.until(/ACTIVE sessions-refused-1/);
  expect(await outcome(clients.open(url))).toBe("BadTooManySessions");
  await room.press(KEY.up);
  expect(await room.until(/> ACTIVE[\s\S]*Enter clears it/)).not.toMatch(/worn/);
  await room.press(KEY.enter);
  await room.until(/Clear sessions-refused-1 of cnc-01/);
  await room.press("y");
  await room.until(/sessions-refused-1 cleared/);
  expect(await outcome(clients.open(url))).toBe("Good");
});

test("what is over at once cannot be given a time", async () => {
  const room = await open(await wiredPlan({ mqttsn: "false" }));
  await inject(room, "session-kill", "for=5s");
  await room.until(/session-kill refused: session-kill is over at once/);
});
