/** Every screen and key, over a real run without endpoints whose time stands. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { loadCatalog } from "../../src/runtime/files.ts";
import { Run, type Snapshot } from "../../src/runtime/run.ts";
import { planScenario } from "../../src/scenario/plan.ts";
import { Session } from "../../src/tui/session.ts";
import { KEY, TestRoom } from "../support/control-room.tsx";
import { demoPlan } from "../support/demo-plant.ts";

const SILENT = { endpoints: false, speed: 1 } as const;
const opened: TestRoom[] = [];

async function open(...args: [time_s?: number, size?: [number, number], hosts?: number]): Promise<TestRoom> {
  const [time_s = 600, size, hosts = 1] = args;
  const room = await TestRoom.open(demoPlan(SILENT), time_s, size, { hosts });
  opened.push(room);
  return room;
}

afterEach(async () => {
  for (const room of opened.splice(0)) await room.close();
});

/** Injects what makes cnc-01 raise an alarm within seconds. */
async function injectOverload(room: TestRoom): Promise<void> {
  await room.press("4");
  await room.until(/52 kinds|\d+ kinds/);
  await room.press(KEY.down, KEY.down, KEY.down);
  await room.until(/> equipment servo-overload/);
  await room.press(KEY.enter);
  await room.until(/inject servo-overload into cnc-01 severity=1/);
  await room.press(KEY.enter);
  await room.until(/inject-fault .*done/);
}

describe("the fleet", () => {
  test("is a table of what all units publish, with the keys below", async () => {
    const room = await open();
    const frame = await room.until(/mill-02/);
    const { rows } = await room.run.view({ columns: ["machine-state"], offset: 0, limit: 9 });
    for (const { name, values } of rows) {
      expect(frame).toMatch(new RegExp(`${name} +${String(values["machine-state"])} `));
    }
    expect(frame).toMatch(/5 of 5 units {2}✖ 0 down/);
    expect(frame.trimEnd().split("\n").at(-1)).toMatch(/enter open {2}\/ filter .*q quit/);
  });

  test("tells units with long names apart, and a plant with one still says what time it is", async () => {
    const [name, units] = ["a-plant-with-a-rather-long-name-of-its-own", '"machining-centre-of-hall-{n:02}"'];
    const set = [`name=${name}`, `fleet.machining.units.0.name=${units}`];
    const room = await TestRoom.open(demoPlan({ ...SILENT, set }), 60, [80, 24]);
    opened.push(room);
    const frame = await room.until(/machining-\S+hall-03/);
    for (const end of ["01", "02"]) expect(frame).toMatch(new RegExp(` {2}machining-\\S*-hall-${end} `));
    expect(frame).toMatch(/a-plant-\S+-its-own {2}Mon 06:01:00 {2}‖ paused {2}wall \d\d:\d\d:\d\d UTC\n/);
  });

  test("takes keys that come in one piece one after the other, each where the one before it has led", async () => {
    const room = await open();
    await room.until(/mill-02/);
    await room.press("/mill\r");
    await room.until(/2 of 5 units .* \/mill /);
    await room.press("/\x15cnc-03\r");
    await room.until(/1 of 5 units/);
    await room.press(KEY.enter);
    await room.until(/cnc-03 .*Virtual Machines/);
    await room.press("xncset-o\t");
    await room.until(/cnc-03, Tab completes: set-override which= percent=▏/);
  });

  test("is filtered while one types, grouped and sorted", async () => {
    const room = await open();
    await room.until(/mill-02/);
    await room.press("/");
    await room.until(/\/ ▏/);
    await room.press("m", "i");
    await room.until(/2 of 5 units/);
    await room.press(KEY.enter, "o");
    expect(await room.until(/by machine-state/)).not.toMatch(/cnc-01/);
    await room.press("/");
    await room.until(/\/ mi▏/);
    await room.press(KEY.ctrlU, KEY.enter);
    await room.until(/5 of 5 units/);
    await room.press("g");
    expect(await room.until(/3 of 5 units/)).toMatch(/group machining/);
  });

  test("has units on top that somebody should look at, and counts them", async () => {
    const room = await open(60);
    await room.run.command("mill-02", { name: "hold", arguments: {} });
    await room.run.pace({ do: "step", to_s: 65 });
    const frame = await room.until(/‖ 1 stopped/);
    expect(frame).toMatch(/ {2}‖ mill-02 +Hold[\s\S]*> {3}cnc-01/);
  });

  test("tells how far cycles are and what the OEE is, and sorts by it", async () => {
    const room = await open(1200, [120, 30], 2);
    await room.until(/cnc-01 .*O1001-BRACKET +▰+▱* +\d+% +\d+%/);
    await room.run.command("mill-01", { name: "stop", arguments: {} });
    await room.run.pace({ do: "step", to_s: 3600 });
    await room.press("o", "o");
    await room.until(/by oee[\s\S]* OEE .*\n.*mill-01/);
    await room.press("O");
    await room.until(/by oee, reversed[\s\S]*cnc-0\d[\s\S]*mill-01 .*\n *\n/);
  });

  test.each([
    [80, 24],
    [200, 60],
    [40, 10],
  ])("fits a terminal of %i×%i", async (columns, rows) => {
    const room = await open(600, [columns, rows]);
    const lines = (await room.until(/cnc-01/)).split("\n");
    expect(lines.length).toBeLessThanOrEqual(rows);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    room.resize(100, 30);
    await room.until(/^(.*\n){29}.*enter open.*q quit/);
  });
});

describe("a unit", () => {
  test.each([1, 2])("shows what it publishes, its chart and its facts, on %i hosts", async (hosts) => {
    const room = await open(600, [120, 50], hosts);
    await room.until(/mill-02/);
    await room.press(KEY.down);
    await room.until(/> {3}cnc-02/);
    await room.press(KEY.enter);
    const frame = await room.until(/Spindle load .*%/);
    const look = await room.run.look("cnc-02");
    const { groups } = await room.run.describe("cnc-02");
    const status = groups.find(({ id }) => id === "status")!;
    const state = look.samples.find(({ group }) => group === "status")!.values[
      status.signals.findIndex(({ id }) => id === "machine-state")
    ];
    expect(frame).toMatch(new RegExp(` cnc-02 +${String(state)} `));
    expect(frame).toMatch(/1 Spindle load/);
    for (const page of [
      /\[tools\][\s\S]*T1/,
      /\[events\]/,
      /\[faults\][\s\S]*none so far/,
      /\[work\][\s\S]*OEE +\d+%[\s\S]*availability +100%/,
      /\[plate\][\s\S]*manufacturer/,
      /\[addresses\][\s\S]*OPC UA server +none/,
    ]) {
      await room.press(KEY.tab);
      await room.until(page);
    }
  });

  test("is held, started, and stopped only after a question", async () => {
    const room = await open(60);
    await room.until(/cnc-01/);
    await room.press(KEY.enter);
    await room.until(/hold/);
    await room.press("h");
    await room.until(/cnc-01: hold done/);
    await room.press("s");
    await room.until(/cnc-01: start done/);
    await room.press("x");
    await room.until(/is scrap/);
    await room.press("n", "x");
    await room.until(/is scrap/);
    await room.press("y");
    await room.until(/cnc-01: stop done/);
    await room.press("v");
    await room.until(/cnc-01, Tab completes: set-override which=feed percent=100/);
    await room.press(KEY.ctrlU, "set-override which=feed percent=900", KEY.enter);
    await room.until(/refused: "percent" cannot be 900/);
  });
});

describe("faults and alarms", () => {
  test("what was injected raises an alarm, which is acknowledged, and is cleared after a question", async () => {
    const room = await open(60);
    await injectOverload(room);
    await room.until(/ {2}ACTIVE servo-overload/);
    await room.run.pace({ do: "step", to_s: 100 });
    await room.press("3");
    await room.until(/\* ACTIVE +cnc-01/);
    const before = await room.run.alarms({ offset: 0, limit: 9 });
    expect(before.unacknowledged).toBeGreaterThan(0);
    await room.press("/", "2", "0", "0", "x");
    await room.until(/ 0 active {2}\* 0 to acknowledge {2}0 past · \/200x/);
    await room.press(KEY.ctrlU, "CNC-01", KEY.enter);
    await room.until(/\* ACTIVE +cnc-01/);
    await room.press("A");
    await room.until(/Acknowledge (\d+) on this page\?/);
    const [first] = before.rows;
    // Somebody else is faster with one of them.
    await room.run.command("cnc-01", { name: "acknowledge", arguments: { condition: first!.condition } });
    await room.press("y");
    await room.until(new RegExp(` ${before.rows.length - 1} of ${before.rows.length} acknowledged`));
    await room.until(/ \* 0 to acknowledge/);
    await room.press("A");
    await room.until(/nothing on this page waits/);
    await room.press("4");
    await room.until(/1 active/);
    await room.until(/> ACTIVE servo-overload/);
    await room.press(KEY.enter);
    await room.until(/Clear servo-overload-1 of cnc-01/);
    await room.press("y");
    await room.until(/cnc-01: 0 active/);
  });

  test("a fault that cannot be is refused with a reason", async () => {
    const room = await open(60);
    await room.press("4");
    await room.until(/kinds/);
    await room.press(KEY.enter);
    await room.until(/inject tool-wear/);
    await room.press(KEY.ctrlU, "severity=7", KEY.enter);
    await room.until(/refused/);
    await room.press(KEY.enter);
    await room.until(/inject tool-wear/);
    await room.press(KEY.ctrlU, "much", KEY.enter);
    await room.until(/"much" cannot be read; write name=value/);
  });
});

describe("time and the session", () => {
  test("steps, goes on, changes its speed and stands", async () => {
    const room = await open(600);
    await room.until(/‖ paused/);
    await room.press(".");
    await room.until(/06:10:01 +‖ paused/);
    await room.press(":");
    await room.until(/06:11:01 +‖ paused/);
    await room.press("+");
    await room.until(/speed 2×/);
    await room.press("-");
    await room.until(/speed 1×/);
    await room.press(" ");
    await room.until(/▶ 1× +keeps pace/);
    await room.press(" ");
    await room.until(/‖ paused/);
  });

  test("takes every step, however fast its keys come, also over several hosts", async () => {
    const room = await open(600, [120, 40], 2);
    await room.until(/‖ paused/);
    await room.press("...");
    await room.until(/06:10:03 +‖ paused/);
    await room.press("++");
    await room.until(/speed 5×/);
  });

  test("says nothing of pace at full speed, which keeps none", async () => {
    const room = await TestRoom.open(demoPlan({ endpoints: false, speed: "max" }), 600);
    opened.push(room);
    await room.until(/‖ paused/);
    await room.press(" ");
    expect(await room.until(/▶ max/)).not.toMatch(/keeps pace|late/);
  });

  test("is written as a scenario that comes to the same digest, and no file is written over", async () => {
    const folder = mkdtempSync(join(tmpdir(), "taktwerk-room-"));
    const file = join(folder, "session.yaml");
    const room = await open(60);
    await injectOverload(room);
    await room.run.pace({ do: "step", to_s: 90 });
    await room.press("q");
    await room.until(/End the run.*Commands in no file yet: 1; w writes them/);
    await room.press("n");
    await room.until(/^(?![\s\S]*End the run)/);
    for (const answer of [/1 command, digest [0-9a-f]{16}: taktwerk run/, /is there already/]) {
      await room.press("w");
      await room.until(/write session to demo-session-\d+.yaml/);
      await room.press(KEY.ctrlU, file, KEY.enter);
      await room.until(answer);
    }
    await room.press("q");
    await room.until(/End the run and close all endpoints\? +y yes/);
    await room.press("n");
    const { digest } = await room.run.snapshot();
    const plan = planScenario(file, readFileSync(file, "utf8"), loadCatalog(), { speed: "max" });
    const again = new Run(plan);
    await again.start();
    expect(await again.finish()).toMatchObject({ digest, plantTime_s: 90, seed: 42 });
    await again.close();
    const snapshot = async (): Promise<Snapshot> => ({
      plantTime_s: 9,
      digest: "",
      inputs: {},
      wireFaults: [],
    });
    await new Session(plan).write(join(folder, "second.yaml"), { snapshot });
    expect(readFileSync(join(folder, "second.yaml"), "utf8").match(/# A session of demo/g)).toHaveLength(1);
    rmSync(folder, { recursive: true });
  });

  test("ends after a question with q, and at once with Ctrl-C", async () => {
    const room = await open();
    await room.until(/q quit/);
    await room.press("q");
    await room.until(/End the run/);
    await room.press("n", "q");
    await room.until(/End the run/);
    expect(room.said).toEqual([]);
    await room.press("y");
    await room.untilSaid("quit");
    await room.press(KEY.ctrlC);
    await room.untilSaid("interrupt");
  });
});

test("help explains each screen with its own keys, and the log shows what the run said", async () => {
  const room = await open();
  room.log.add("a line of the log");
  const pages: [string, RegExp, RegExp][] = [
    ["1", /\[1 Fleet\]/, /only units with this in their name/],
    ["2", /\[2 Unit\][\s\S]*conditions/, /cycle start/],
    ["3", /\[3 Alarms\][\s\S]*0 active/, /acknowledge the alarm/],
    ["4", /\[4 Faults\][\s\S]*kinds/, /inject the fault/],
    ["5", /\[5 Wire\][\s\S]*no servers/, /open the unit/],
    ["6", /\[6 Log\][\s\S]*a line of the log/, /a page back/],
  ];
  for (const [key, shown, helped] of pages) {
    await room.press(key);
    await room.until(shown);
    await room.press("?");
    expect(await room.until(helped)).toMatch(/let plant time stand/);
    await room.press("?");
    await room.until(shown);
  }
});

test("help tells each key in full on a narrow terminal, page by page, and holds the screen's own keys back", async () => {
  const room = await open(60, [80, 24]);
  await room.press("2");
  await room.until(/conditions/);
  await room.press("?");
  const first = await room.until(/page 1 of 3/);
  expect(first).toMatch(/enter {2}the signal into the chart or out of it, 4 at most\n/);
  await room.press("x", KEY.down);
  expect(await room.until(/page 2 of 3/)).toMatch(/up k {3}a line up\n/);
  await room.press(KEY.down, KEY.down);
  expect(await room.until(/page 3 of 3/)).toMatch(/end the run at once, with exit code 130/);
  expect(room.frame).not.toMatch(/Stop|…/);
});

test("a cursor goes by lines, by pages and to both ends, and the log by the same keys", async () => {
  const room = await open(60, [120, 14]);
  const at = async (unit: string, ...keys: string[]): Promise<void> => {
    await room.press(...keys);
    await room.until(new RegExp(`>.{3}${unit}`));
  };
  await at("cnc-01");
  await at("cnc-03", "j", "j");
  await at("cnc-02", "k");
  await at("mill-02", KEY.end);
  await at("cnc-01", KEY.home);
  await at("mill-02", KEY.pageDown);
  await at("cnc-01", KEY.pageUp);
  for (let line = 1; line <= 40; line++) room.log.add(`line ${line} of the log`);
  await room.press("6");
  const last = async (line: number, ...keys: string[]): Promise<void> => {
    await room.press(...keys);
    await room.until(new RegExp(`line ${line} of the log\\s+\\n(?!.*of the log)`));
  };
  await last(40);
  await last(39, KEY.up);
  await last(40, KEY.down);
  await last(30, KEY.pageUp);
  await last(40, KEY.pageDown);
  await last(10, KEY.home);
  await last(40, KEY.end);
});
