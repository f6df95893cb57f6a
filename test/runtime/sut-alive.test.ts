/** A system under test that ends before it is stopped: whatever ends it, the run ends too, and a check says so. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { loadCatalog } from "../../src/runtime/files.ts";
import { exitCode, type RunResult } from "../../src/runtime/result.ts";
import { Run } from "../../src/runtime/run.ts";
import { planScenario } from "../../src/scenario/plan.ts";
import { scenarioText, UNIT } from "../support/scenario-text.ts";

const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-sut-"));
afterAll(() => rmSync(folder, { recursive: true }));

const open: Run[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((run) => run.close()));
});

interface Parts {
  readonly hosts?: number;
  readonly sut?: string;
  readonly top?: string;
  readonly duration?: string;
}

/** Two devices on the embedded gateway, beside a program that is said to be tested. */
async function runBeside(
  start: string,
  { hosts = 1, sut = "", top = "", duration = "2s" }: Parts = {},
): Promise<RunResult> {
  const text = scenarioText({
    units: UNIT.replace("name:", "count: 2, name:"),
    top: `duration: ${duration}
ports: auto
endpoints: { opcua: false }
sut: { name: acme, start: ${JSON.stringify(start)}${sut} }
thresholds: [wire.mqttsn.acknowledged count > 0]
${top}`,
  });
  const run = new Run(planScenario("plant.yaml", text, loadCatalog()), { hosts });
  open.push(run);
  await run.start();
  return run.finish();
}

const STAYED = "sut stayed alive";
const LONG = "10m";

function expectLost(result: RunResult, why: string): void {
  const { checks, ending, abortedBy, plantTime_s } = result;
  expect(checks).toMatchObject([{ name: STAYED, verdict: "failed", judged: 1, failed: 1 }]);
  expect(checks[0]!.evidence).toMatchObject([{ unit: "acme", time_s: plantTime_s, why }]);
  expect([ending, abortedBy]).toEqual(["aborted", STAYED]);
  expect(plantTime_s).toBeLessThan(600);
  expect(exitCode(result)).toBe(1);
}

describe("a system under test", () => {
  test.each(["exec sleep 100", "sleep 100", "sleep 100 & echo", "sleep 100 > /dev/null 2>&1 &"])(
    "that lives on passes: %s",
    async (start) => {
      const result = await runBeside(start);
      expect(result.checks).toMatchObject([{ name: STAYED, verdict: "passed", judged: 1, evidence: [] }]);
      expect([result.ending, exitCode(result)]).toEqual(["duration", 0]);
    },
  );

  test.each([
    ["sleep 1; kill -9 $$", "ended with SIGKILL"],
    ["sleep 1; exit 0", "ended with code 0"],
    ["sleep 1; exit 7", "ended with code 7"],
    ["sleep 1 & echo", "ended with code 0"],
    ["sleep 1 > /dev/null 2>&1 &", "ended with code 0"],
    // What it leaves behind does not do its work.
    ["sleep 100 & sleep 1; kill -9 $$", "ended with SIGKILL"],
  ])("that ends by itself fails, and ends the run: %s", async (start, why) => {
    expectLost(await runBeside(start, { duration: LONG }), why);
  });

  test("beside several hosts fails as well", async () => {
    expectLost(await runBeside("sleep 1; kill -9 $$", { duration: LONG, hosts: 2 }), "ended with SIGKILL");
  });

  test("that an action of the scenario kills fails, unless it may end", async () => {
    const file = path.join(folder, "acme.pid");
    const start = `echo $$ > "${file}"; exec sleep 100`;
    // The end of the run cuts the command short, for which it is not to blame.
    const top = (then: string): string =>
      `actions: [{ id: kill, at: 1s, run: 'kill -9 "$(cat "${file}")"; ${then}' }]\n`;
    expectLost(await runBeside(start, { top: top("sleep 100"), duration: LONG }), "ended with SIGKILL");
    const result = await runBeside(start, { top: top("true"), sut: ", may-end: true" });
    expect(result).toMatchObject({ ending: "duration", checks: [], sut: { ending: "ended with SIGKILL" } });
    expect(exitCode(result)).toBe(0);
  });

  test("that starts another and ends may do so", async () => {
    const { checks, ending } = await runBeside("true", { sut: ", may-end: true" });
    expect([checks, ending]).toEqual([[], "duration"]);
  });

  test("that ends before it was ever ready is not judged", async () => {
    const top = "north: { mqtt: { broker: embedded, topics: 'elsewhere/{unit}/{stream}' } }\n";
    const lost = runBeside("sleep 1; exit 3", { top, sut: ", ready: { north: true }", duration: LONG });
    await expect(lost).rejects.toMatchObject({
      code: "sut-not-ready",
      message: expect.stringMatching(/^acme ended with code 3; missing: cnc-01: nothing arrived/),
    });
  });

  test("that somebody else has started is not watched", async () => {
    const ci = process.env["CI"];
    delete process.env["CI"];
    try {
      expect((await runBeside("exit 1", { sut: ", reuse: true" })).checks).toEqual([]);
    } finally {
      if (ci !== undefined) process.env["CI"] = ci;
    }
  });
});
