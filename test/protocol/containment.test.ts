import { expect, test } from "vitest";
import { CodedError, isPlantFailure, markPlantFailure, printable } from "../../src/errors.ts";
import { Containment } from "../../src/protocol/containment.ts";

function contained(): { lines: string[]; containment: Containment; at: (now_ms: number) => void } {
  const lines: string[] = [];
  let now = 0;
  const containment = new Containment({ name: "here", log: (line) => lines.push(line), now_ms: () => now });
  return { lines, containment, at: (now_ms) => (now = now_ms) };
}

const fail = (message = "no"): never => {
  throw new RangeError(message);
};

test("a fault is told with its kind, its peer and what it was; work that succeeds passes its result on", () => {
  const { lines, containment } = contained();
  expect(containment.run("Browse", "10.0.0.1", () => fail("too deep"))).toBeUndefined();
  expect(containment.run("Browse", "10.0.0.1", () => 5)).toBe(5);
  expect(lines).toEqual(["here: contained a fault in Browse from 10.0.0.1: RangeError: too deep"]);
  expect(containment.faults).toBe(1);
});

test("one line a kind, peer and second, at most five a second; all are counted", () => {
  const { lines, containment, at } = contained();
  for (let i = 0; i < 10; i++) containment.run("Browse", "a", fail);
  containment.run("Read", "a", fail);
  containment.run("Browse", "b", fail);
  expect(lines).toHaveLength(3);
  for (let i = 0; i < 100; i++) containment.run("Browse", `peer ${i}`, fail);
  expect(lines).toHaveLength(5);
  at(1000);
  containment.run("Browse", "a", fail);
  expect(lines).toHaveLength(6);
  expect(lines.at(-1)).toMatch(/\(98 more were not logged\)$/);
  expect(containment.faults).toBe(113);
});

test("an error of the plant passes through, also as the cause of another", () => {
  const { lines, containment } = contained();
  const failure = markPlantFailure(new Error("a process threw"));
  const wrapped = new CodedError("internal", "a call failed", "Report it.", undefined, failure);
  for (const error of [failure, wrapped]) {
    const work = (): never => {
      throw error;
    };
    expect(() => containment.run("Call", "a", work)).toThrow(error as Error);
  }
  expect([containment.faults, lines]).toEqual([0, []]);
  expect(isPlantFailure(new Error("other"))).toBe(false);
});

test("what an exception says reaches a log without control characters", () => {
  const { lines, containment } = contained();
  containment.run("Read", "a", () => fail("\u001b[2J\nforged line"));
  expect(lines[0]).toMatch(/\\u\{1b\}\[2J\\u\{a\}forged line$/);
  expect(printable("Fräse 1 ✓")).toBe("Fräse 1 ✓");
  expect(printable("\u202e\u0085\u2028")).toBe("\\u{202e}\\u{85}\\u{2028}");
});
