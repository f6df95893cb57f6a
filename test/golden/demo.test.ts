/**
 * The demo plant's digests, hour by hour of plant time. A change that does not mean to change the model must not
 * change them; one that does records them anew with `npx vitest run test/golden -u` and says why.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { demoPlant } from "../support/demo-plant.ts";

const HOURS = 8;

test("a shift of the demo plant gives these very bits", async () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  const plant = demoPlant(42);
  const lines = [`# scenarios/demo.yaml, seed 42, Taktwerk ${version}: plant time, events, digest`];
  for (let hour = 1; hour <= HOURS; hour++) {
    plant.advance(hour * 3600);
    lines.push(`${hour} h ${plant.events} ${plant.digest}`);
  }
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("demo-42.txt");
});
