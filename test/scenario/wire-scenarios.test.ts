/** Scenarios about the wire pass, in a few seconds instead of minutes, and fail when what they are about breaks. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadCatalog } from "../../src/runtime/files.ts";
import type { RunResult } from "../../src/runtime/result.ts";
import { Run } from "../../src/runtime/run.ts";
import { planScenario } from "../../src/scenario/plan.ts";

const home = process.cwd();
const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-wire-scenarios-"));

// Keys and certificates are kept below the working folder.
beforeAll(() => process.chdir(folder));
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

/** As it ships but for these settings, on free ports. */
async function run(name: string, set: readonly string[]): Promise<RunResult> {
  const text = readFileSync(path.join(home, "scenarios", `${name}.yaml`), "utf8");
  const all = { set: [...set, "ports=auto"] };
  const it = new Run(planScenario(`${name}.yaml`, text, loadCatalog(), all));
  await it.start();
  const result = await it.finish();
  await it.close();
  return result;
}

const failed = ({ thresholds }: RunResult): string[] =>
  thresholds.filter(({ verdict }) => verdict !== "passed").map(({ text }) => text);
/** Ids of faults that were carried out, and those that could not be. */
const faultsOf = ({ faults }: RunResult): string[] => [
  ...new Set(faults.map((fault) => ("failure" in fault && fault.failure ? `${fault.id} failed` : fault.id))),
];

describe("gateway-outage", () => {
  const SHORT = ["duration=7s", "faults.0.at=1s", "faults.0.for=3s", "endpoints.mqttsn.retry=300ms"];

  test("passes: devices lose their gateway, come back and hand over all that they kept", async () => {
    const result = await run("gateway-outage", SHORT);
    expect(failed(result)).toEqual([]);
    expect(faultsOf(result)).toEqual(["outage"]);
  });

  test("fails when the backlog is too short for the outage", async () => {
    const result = await run("gateway-outage", [...SHORT, "endpoints.mqttsn.backlog.max=2"]);
    expect(failed(result)).toContain("wire.mqttsn.suppressed count == 0");
  });
});

test("noisy-radio passes: what is lost is sent again", async () => {
  const times = [0, 1, 2].flatMap((i) => [`faults.${i}.at=1s`, `faults.${i}.for=3s`]);
  const result = await run("noisy-radio", ["duration=6s", ...times]);
  expect(failed(result)).toEqual([]);
  expect(faultsOf(result).sort()).toEqual(["delay", "doubles", "loss"]);
});

test("reconnect-storm passes: everything that it does to its servers can be done", async () => {
  // A third of the servers, with one key, is as much of a storm and is up sooner.
  const result = await run("reconnect-storm", [
    ...["duration=4s", "fleet.0.units.0.count=4", "endpoints.opcua.keys=shared"],
    ...["faults.0.at=1s", "faults.0.every=2s", "faults.1.at=1s", "faults.1.every=2s"],
    ...["faults.2.at=2s", "faults.3.at=2s", "faults.3.for=1s"],
  ]);
  expect(failed(result)).toEqual([]);
  expect(faultsOf(result).sort()).toEqual(["cuts#1", "cuts#2", "full", "resets#1", "resets#2", "restart"]);
});

test("certificate-expiry passes: everything that it does to its servers can be done", async () => {
  const result = await run("certificate-expiry", [
    "duration=4s",
    ...["faults.0.at=500ms", "faults.0.for=1s", "faults.1.at=2s", "faults.1.for=1s"],
  ]);
  expect(failed(result)).toEqual([]);
  expect(faultsOf(result).sort()).toEqual(["expired", "swapped"]);
});
