/** The example of docs/creating-faults.md compiles, and does to a machine what the page says. */
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
const file = path.join(folder, "swarf-on-seat.ts");

beforeAll(() => {
  const page = readFileSync("docs/creating-faults.md", "utf8");
  const [, example] = /```ts\n([\s\S]*?)```/.exec(page)!;
  writeFileSync(file, example!.replaceAll('"../src/', '"../../../src/'));
});

afterAll(() => rmSync(folder, { recursive: true }));

test("it compiles under the project's own rules", () => {
  writeFileSync(
    path.join(folder, "tsconfig.json"),
    JSON.stringify({ extends: "../../../tsconfig.json", include: [], files: [file] }),
  );
  const compiler = path.resolve("node_modules/typescript/bin/tsc");
  expect(() =>
    execFileSync(process.execPath, [compiler, "--noEmit", "-p", folder], { encoding: "utf8", stdio: "pipe" }),
  ).not.toThrow();
}, 60_000);

test("it lifts the part, and the alarm follows", async () => {
  const { swarfOnSeat } = (await import(pathToFileURL(file).href)) as {
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
