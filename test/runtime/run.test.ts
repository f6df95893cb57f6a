import { describe, expect, test } from "vitest";
import { Run } from "../../src/runtime/run.ts";
import type { RunResult } from "../../src/runtime/result.ts";
import { demoPlan } from "../support/demo-plant.ts";
import type { Overrides } from "../../src/scenario/plan.ts";

async function runDemo(overrides: Overrides): Promise<RunResult> {
  const run = new Run(demoPlan({ endpoints: false, ...overrides }));
  await run.start();
  const result = await run.finish();
  await run.close();
  return result;
}

const CHECK = `checks=[{ name: no scrap, on: {}, always: 'unit.counters["parts-scrapped"] == 0' }]`;

describe("a run", () => {
  test("comes to the same digest at any speed", async () => {
    const fast = await runDemo({ speed: "max", duration_s: 90 });
    const slow = await runDemo({ speed: 100, duration_s: 90 });
    expect(slow.digest).toBe(fast.digest);
    expect(slow.events).toBe(fast.events);
    expect([slow.plantTime_s, slow.ending]).toEqual([90, "duration"]);
  });

  test("comes to another digest with another seed or another length", async () => {
    const digests = await Promise.all([
      runDemo({ speed: "max", duration_s: 90 }),
      runDemo({ speed: "max", duration_s: 90, seed: 43 }),
      runDemo({ speed: "max", duration_s: 120 }),
    ]);
    expect(new Set(digests.map((result) => result.digest)).size).toBe(3);
  });

  test("goes on from event to event of a unit that a check looks at", async () => {
    const run = new Run(demoPlan({ endpoints: false, set: [CHECK] }), { isWatched: true });
    await run.start();
    const finished = run.finish();
    const times_s: number[] = [];
    for (let event = 0; event < 5; event++) times_s.push((await run.seekEvent("cnc-01")).due_s);
    expect(new Set(times_s).size).toBe(5);
    expect(times_s).toEqual(times_s.toSorted((a, b) => a - b));
    run.stop();
    await finished;
    await run.close();
  });

  test("that is stopped says when, and repeats to the same digest", async () => {
    const run = new Run(demoPlan({ endpoints: false, speed: 200 }));
    await run.start();
    setImmediate(() => run.stop());
    const stopped = await run.finish();
    expect(stopped.ending).toBe("interrupted");
    const again = await runDemo({ speed: "max", duration_s: stopped.plantTime_s });
    expect(again.digest).toBe(stopped.digest);
  });

  test("at full speed and without an end can be looked at, and stopped", async () => {
    const run = new Run(demoPlan({ endpoints: false, speed: "max" }));
    await run.start();
    const finished = run.finish();
    const first = await run.view({ columns: [], offset: 0, limit: 1 });
    await new Promise((resolve) => setImmediate(resolve));
    const second = await run.view({ columns: [], offset: 0, limit: 1 });
    expect(second.plantTime_s).toBeGreaterThan(first.plantTime_s);
    run.stop();
    const { ending, plantTime_s, digest } = await finished;
    expect(ending).toBe("interrupted");
    expect((await runDemo({ speed: "max", duration_s: plantTime_s })).digest).toBe(digest);
  });

  test("that is stopped before it began ends at once", async () => {
    const run = new Run(demoPlan({ endpoints: false, speed: 1 }));
    run.stop();
    await run.start();
    expect(await run.finish()).toMatchObject({ ending: "interrupted", plantTime_s: 0 });
  });

  test("counts what it made, and shows every unit's signals", async () => {
    const run = new Run(demoPlan({ endpoints: false, speed: "max", duration_s: 3600 }));
    await run.start();
    const result = await run.finish();
    expect(result.partsProduced).toBeGreaterThan(40);
    const { rows, wire } = await run.view({ columns: ["program"], offset: 0, limit: 9 });
    expect(rows.map((row) => row.name)).toEqual(["cnc-01", "cnc-02", "cnc-03", "mill-01", "mill-02"]);
    expect(rows[0]!.values["program"]).toBe("O1001-BRACKET");
    expect(wire).toEqual({});
  });
});
