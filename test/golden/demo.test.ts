/**
 * The demo plant's digests, hour by hour of plant time, and a trace of its beginning. A change that does not mean
 * to change the model must not change them. `npm run golden:bisect` says what the first difference is; a change
 * that is meant is recorded anew with `npm run golden:record`.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { demoPlant } from "../support/demo-plant.ts";
import { firstDifferences, formatTrace, parseTrace, traceDemo } from "./trace.ts";

const HOURS = 8;

test("a shift of the demo plant gives these very bits", async () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  const plant = demoPlant(42);
  const lines = [`# scenarios/demo.yaml, seed 42, Taktwerk ${version}: plant time, events, digest`];
  for (let hour = 1; hour <= HOURS; hour++) {
    plant.advance(hour * 3600);
    lines.push(`${hour} h ${plant.fired} ${plant.digest}`);
  }
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("demo-42.txt");
});

test("the README shows the shift's digest and events", () => {
  const [, , events, digest] = readFileSync("test/golden/demo-42.txt", "utf8")
    .trim()
    .split("\n")
    .at(-1)!
    .split(" ");
  const readme = readFileSync("README.md", "utf8");
  expect(readme).toContain(`digest    ${digest}`);
  expect(readme).toContain(`${events} events`);
});

test("its first minutes go entry by entry as recorded", async () => {
  await expect(formatTrace(traceDemo())).toMatchFileSnapshot("demo-42.trace.txt");
});

test("a difference is found at its first entry, also when a cell ends early or is new", () => {
  const recorded = parseTrace("a 00112233\nb 0011\nc 00\n");
  const present = parseTrace("a 00119933\nb 001122\nd 55\n");
  expect([...firstDifferences(recorded, present)]).toEqual([
    ["a", 2],
    ["b", 2],
    ["c", 0],
    ["d", 0],
  ]);
  expect(firstDifferences(recorded, recorded).size).toBe(0);
});
