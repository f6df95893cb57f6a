/** The examples of docs/creating-faults.md compile, and do to a machine what the page says. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CncMachine } from "../../../src/equipment/cnc/cnc-machine.ts";
import type { FaultKind } from "../../../src/equipment/fault-kind.ts";
import { aloneCnc } from "../../support/cnc-plant.ts";

// In the repository, where the compiler finds its settings and zod.
const folder = mkdtempSync(path.resolve("test/equipment/.docs-"));
const names = ["swarfOnSeat", "sensorHum"];
const files = names.map((name) => path.join(folder, `${name}.ts`));

beforeAll(() => {
  const page = readFileSync("docs/creating-faults.md", "utf8");
  const examples = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]!);
  for (const [i, name] of names.entries()) {
    const example = examples.find((it) => it.includes(`export const ${name}`));
    writeFileSync(files[i]!, example!.replaceAll('"../src/', '"../../../src/'));
  }
});

afterAll(() => rmSync(folder, { recursive: true }));

test("they compile under the project's own rules", () => {
  writeFileSync(
    path.join(folder, "tsconfig.json"),
    JSON.stringify({ extends: "../../../tsconfig.json", include: [], files }),
  );
  const compiler = path.resolve("node_modules/typescript/bin/tsc");
  expect(() =>
    execFileSync(process.execPath, [compiler, "--noEmit", "-p", folder], { encoding: "utf8", stdio: "pipe" }),
  ).not.toThrow();
}, 60_000);

test("swarf lifts the part, and the alarm follows", async () => {
  const { swarfOnSeat } = (await import(pathToFileURL(files[0]!).href)) as {
    swarfOnSeat: FaultKind<CncMachine>;
  };
  const { simulation, machine, faults, condition } = aloneCnc();
  simulation.run(20);
  faults.begin(swarfOnSeat, "s", { severity: 1, side: "front" }, swarfOnSeat.onset_s);
  simulation.run(60);
  expect(machine.auxiliaries.seatGap.measured.value(60)).toBeCloseTo(135, 6);
  expect(condition("part-not-seated").active).toBe(true);
  faults.clear("s");
  simulation.run(90);
  expect(condition("part-not-seated").active).toBe(false);
});

test("a hum rides on the samples and on nothing else, and goes", async () => {
  const { sensorHum } = (await import(pathToFileURL(files[1]!).href)) as {
    sensorHum: FaultKind<CncMachine>;
  };
  const [humming, sound] = [aloneCnc(), aloneCnc()];
  for (const { simulation } of [humming, sound]) simulation.run(20);
  const given = { severity: 1, signal: "hydraulic-pressure", size: 20 };
  humming.faults.begin(sensorHum, "h", given, sensorHum.onset_s);
  const difference = (time_s: number): number => {
    for (const { simulation } of [humming, sound]) simulation.run(time_s);
    return Number(humming.published("hydraulic-pressure")) - Number(sound.published("hydraulic-pressure"));
  };
  expect([27.5, 42.5].map(difference).map((it) => Math.round(it))).toEqual([20, -20]);
  expect(humming.condition("clamp-pressure-low").active).toBe(false);
  humming.faults.clear("h");
  expect(difference(57.5)).toBe(0);
});
