import { expect, test } from "vitest";
import { SLICE_MS, WorkSlices } from "../../../src/protocol/opcua/contained/work-slices.ts";

/** Slices with a clock that works move, and turns that a test takes. */
function sliced(): {
  slices: WorkSlices;
  takes: (name: string, ms: number) => () => void;
  done: string[];
  turn: () => void;
} {
  let now_ms = 0;
  const turns: (() => void)[] = [];
  const done: string[] = [];
  const slices = new WorkSlices(
    () => now_ms,
    (work) => turns.push(work),
  );
  return {
    slices,
    done,
    takes: (name, ms) => () => {
      now_ms += ms;
      done.push(name);
    },
    turn: () => turns.shift()?.(),
  };
}

test("works begin at once while a turn has time, and then in order, a slice a turn", () => {
  const { slices, takes, done, turn } = sliced();
  for (const name of ["a", "b", "c", "d", "e"]) slices.run(takes(name, SLICE_MS / 2));
  expect([done.join(""), slices.waiting]).toEqual(["ab", 3]);
  turn();
  expect([done.join(""), slices.waiting]).toEqual(["abcd", 1]);
  turn();
  expect([done.join(""), slices.waiting]).toEqual(["abcde", 0]);
});

test("a work that comes while others wait does not overtake them", () => {
  const { slices, takes, done, turn } = sliced();
  slices.run(takes("a", SLICE_MS));
  slices.run(takes("b", 1));
  turn();
  slices.run(takes("c", 1));
  expect(done.join("")).toBe("abc");
});

test("nothing begins after a work that is alone in its turn, not even another one", () => {
  const { slices, takes, done, turn } = sliced();
  slices.runAlone(takes("a", 0));
  slices.runAlone(takes("b", 0));
  slices.run(takes("c", 0));
  expect(done).toEqual([]);
  turn();
  expect(done.join("")).toBe("a");
  turn();
  expect(done.join("")).toBe("ab");
  turn();
  expect([done.join(""), slices.waiting]).toEqual(["abc", 0]);
});
