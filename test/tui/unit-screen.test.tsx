/** One unit: its commands, its past, its events, its addresses. Over a real run whose time stands. */
import { afterEach, expect, test } from "vitest";
import { KEY, TestRoom } from "../support/control-room.tsx";
import { demoPlan } from "../support/demo-plant.ts";

const opened: TestRoom[] = [];

async function openUnit(time_s: number, hosts = 1): Promise<TestRoom> {
  const plan = demoPlan({ endpoints: false, speed: 1 });
  const room = await TestRoom.open(plan, time_s, [140, 50], { hosts });
  opened.push(room);
  await room.until(/cnc-01/);
  await room.press(KEY.enter);
  await room.until(/\[2 Unit\][\s\S]*\[conditions\]/);
  return room;
}

afterEach(async () => {
  for (const room of opened.splice(0)) await room.close();
});

const published = async (room: TestRoom, unit: string, signal: string): Promise<unknown> => {
  const { rows } = await room.run.view({ columns: [signal], text: unit, offset: 0, limit: 1 });
  return rows[0]!.values[signal];
};

test("any command is offered, found while one types, completed by Tab and given", async () => {
  const room = await openUnit(60);
  await room.press("c");
  const asked = await room.until(/select-program program=.*store-and-start-job job= program= quantity=/s);
  // What stands above is cut off and not laid one over the other.
  for (const title of ["X position", "X command", "X way to go"])
    expect(asked).toMatch(new RegExp(`^[ >] {2}${title} +-?[0-9.]+ mm`, "m"));
  await room.press("o", "v", "e", "r");
  expect(await room.until(/Tab completes: over/)).not.toMatch(/select-program/);
  await room.press(KEY.tab);
  await room.until(/Tab completes: set-override which= percent=/);
  // What has been written behind a command stays.
  await room.press(KEY.ctrlU, "set-override which=feed percent=40", KEY.tab, KEY.enter);
  await room.until(/cnc-01: set-override which=feed percent=40 done/);
  await room.run.pace({ do: "step", to_s: 65 });
  expect(await published(room, "cnc-01", "feed-override")).toBe(40);
});

test("an order's id stays text, and an order is worked off", async () => {
  const room = await openUnit(60);
  await room.press("c");
  await room.until(/Tab completes:/);
  await room.press("store-and-start-job job=7 program=O1001-BRACKET quantity=2", KEY.enter);
  await room.until(/store-and-start-job .* done/);
  await room.run.pace({ do: "step", to_s: 600 });
  expect(await published(room, "cnc-01", "job")).toBe("7");
});

test("a program is selected, a tool is changed, and what leaves scrap is asked for first", async () => {
  const room = await openUnit(60);
  await room.press("p");
  await room.until(/Tab completes: select-program program=O1001-BRACKET/);
  await room.press(KEY.tab);
  await room.until(/Tab completes: select-program program=O2310-FLANGE/);
  await room.press(KEY.enter);
  await room.until(/select-program program=O2310-FLANGE done/);
  await room.press("t");
  await room.until(/change-tool tool=\d+ {2}a new edge/);
  await room.press(KEY.enter);
  await room.until(/change-tool tool=\d+ (done|refused)/);
  await room.press("c");
  await room.until(/Tab completes:/);
  await room.press("reset", KEY.enter);
  await room.until(/Reset cnc-01\? The part in it is scrap/);
  await room.press("n", "c");
  await room.until(/Tab completes:/);
  await room.press("hold now", KEY.enter);
  await room.until(/"now" cannot be read/);
});

test.each([1, 2])("time goes on to the unit's next event and stands there, on %i hosts", async (hosts) => {
  const room = await openUnit(60, hosts);
  const before = (await room.run.look("cnc-01")).events[0]!;
  await room.press("n");
  await room.until(/after .*; space goes on/);
  const { events } = await room.run.look("cnc-01");
  expect(events.findIndex(({ number }) => number === before.number)).toBeGreaterThan(0);
  const { due_s, isStanding } = await room.run.pace({ do: "tell" });
  expect(isStanding).toBe(true);
  expect(due_s - events[0]!.time_s).toBeGreaterThanOrEqual(0);
  expect(due_s - events[0]!.time_s).toBeLessThanOrEqual(0.001);
  expect(due_s).toBe(Math.round(due_s * 1000) / 1000);
});

test("the chart begins with what the unit kept itself, and its window can be chosen", async () => {
  const room = await openUnit(600);
  await room.until(/1 Spindle load .*\((\S+) … (?!\1\))/);
  await room.until(/120 s ago .*\[ 2 min|2 min ago .*\[ /);
  await room.press("]");
  await room.until(/\[ 10 min \]/);
  await room.press("]", "]");
  await room.until(/10 min ago .*\[ all \]/);
  await room.press("[", "[", "[", "[", "[");
  await room.until(/30 s ago .*\[ 30 s \]/);
});

test("units are turned over, and what was charted is charted for the next one", async () => {
  const room = await openUnit(60);
  await room.press(KEY.enter);
  await room.until(/3 Machine|is no number|3 [A-Z]/);
  await room.press(KEY.left);
  await room.until(/ mill-02 +[A-Z][a-z]+/);
  await room.press(KEY.right);
  await room.until(/ cnc-01 +[A-Z][a-z]+/);
});

test("addresses are copied, and one that is not there is told", async () => {
  const room = await openUnit(60);
  await room.press("y");
  await room.until(/it has no OPC UA server/);
  await room.press("Y");
  await room.until(/it has no MQTT-SN device/);
  expect(room.said).toEqual([]);
});

test("a filter and a cursor are there again after another screen", async () => {
  const room = await openUnit(60);
  await room.press("1");
  await room.until(/5 of 5/);
  await room.press("/", "m", "i", KEY.enter, KEY.down);
  await room.until(/2 of 5 units[\s\S]*> {3}mill-02/);
  await room.press("3");
  await room.until(/0 active/);
  await room.press("1");
  await room.until(/2 of 5 units .*\/mi[\s\S]*> {3}mill-02/);
});
