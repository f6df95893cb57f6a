/** A session with endpoints, written and run again: what was done to the wire is done again. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadCatalog } from "../../src/runtime/files.ts";
import { Run, type Snapshot } from "../../src/runtime/run.ts";
import { planScenario, type Overrides } from "../../src/scenario/plan.ts";
import type { RunResult } from "../../src/runtime/result.ts";
import { Session } from "../../src/tui/session.ts";
import { KEY, TestRoom } from "../support/control-room.tsx";
import { scenarioText, UNIT } from "../support/scenario-text.ts";
import { wiredPlan } from "../support/wired-plan.ts";

const catalog = loadCatalog();
const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-session-"));
const home = process.cwd();

// Keys and certificates are kept below the working folder.
beforeAll(() => process.chdir(folder));
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

async function runFile(file: string, overrides: Overrides = {}): Promise<RunResult> {
  const run = new Run(planScenario(file, readFileSync(file, "utf8"), catalog, overrides));
  await run.start();
  try {
    return await run.finish();
  } finally {
    await run.close();
  }
}

test("a command that came in behind the digest of its host is left out, whatever another host has done meanwhile", async () => {
  const plan = planScenario(
    "plant.yaml",
    scenarioText({ units: UNIT.replace("name:", "count: 2, name:") }),
    catalog,
  );
  const session = new Session(plan);
  const input = (cell: string, number: number, name: string): void =>
    session.add({ cell, number, time_s: 3, unit: cell, command: { name, arguments: {} } });
  input("cnc-01", 0, "hold");
  input("cnc-01", 1, "start");
  input("cnc-02", 0, "stop");
  const snapshot = async (): Promise<Snapshot> => ({
    ...{ plantTime_s: 3, digest: "", wireFaults: [], inputs: { "cnc-01": 1, "cnc-02": 1 } },
  });
  expect(await session.write("behind.yaml", { snapshot })).toMatchObject({ inputs: 2 });
  const { units } = planScenario("behind.yaml", readFileSync("behind.yaml", "utf8"), catalog);
  const given = units.map(({ timeline }) => timeline.actions.map(({ command }) => command.name));
  expect(given).toEqual([["hold"], ["stop"]]);
  expect(session.unwritten).toBe(1);
});

test("faults that were begun on the wire come again at their times, and the digest is the same with and without it", async () => {
  const { plan } = await wiredPlan();
  const room = await TestRoom.open(plan, 1, [160, 40], { areAllFaulty: true });
  await room.until(/cnc-01/);
  await room.run.beginWireFault("cnc-02", { id: "gone", fault: "server-down", with: {} });
  await room.run.command("cnc-01", { name: "set-override", arguments: { which: "feed", percent: 70 } });
  await room.run.pace({ do: "step", to_s: 2.5 });
  await room.run.clearWireFault("cnc-02", "gone");
  await room.run.pace({ do: "step", to_s: 3 });
  await room.press("w");
  await room.until(/write session to .*session-1.yaml/);
  await room.press(KEY.enter);
  const [, digest, again] = /1 command, digest ([0-9a-f]+): (taktwerk run .*--no-endpoints)/.exec(
    await room.until(/--no-endpoints/),
  )!;
  await room.close();
  const file = again!.split(" ")[2]!;
  const offWire = await runFile(file, { speed: "max", endpoints: false });
  expect(offWire).toMatchObject({ digest, plantTime_s: 3 });
  const onWire = await runFile(file);
  expect(onWire).toMatchObject({ digest, plantTime_s: 3, ending: "duration" });
  expect(onWire.faults).toMatchObject([
    { unit: "cnc-02", kind: "server-down", from_s: 1, until_s: 2.5, failure: undefined },
  ]);
});

test("more commands than a scenario can hold are counted, and refused before anything is asked", async () => {
  const { plan } = await wiredPlan();
  const session = new Session(plan);
  const command = { name: "start", arguments: {} };
  for (let number = 0; number <= 40_000; number++)
    session.add({ cell: "cnc-01", number, time_s: number, unit: "cnc-01", command });
  expect(session.unwritten).toBe(40_001);
  const snapshot = (): never => {
    throw new Error("nobody was to look");
  };
  await expect(session.write("s.yaml", { snapshot })).rejects.toThrow(/40001 commands are too many/);
});
