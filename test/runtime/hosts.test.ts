import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CodedError, EXIT } from "../../src/errors.ts";
import type { RecordedInput } from "../../src/plant/cell.ts";
import { mergeResults } from "../../src/runtime/merge.ts";
import type { RunResult } from "../../src/runtime/result.ts";
import { Run, type RunOptions } from "../../src/runtime/run.ts";
import { loadCatalog } from "../../src/runtime/files.ts";
import { planScenario, type Overrides } from "../../src/scenario/plan.ts";
import { demoPlan } from "../support/demo-plant.ts";

const OFF = { endpoints: false } as const;
const FEED = { name: "set-override", arguments: { which: "feed", percent: 60 } };

async function runDemo(overrides: Overrides, options: Partial<RunOptions> = {}): Promise<RunResult> {
  const run = new Run(demoPlan({ ...OFF, ...overrides }), options);
  await run.start();
  const result = await run.finish();
  await run.close();
  return result;
}

/** The demo plant under way, in plant time as in wall time. */
async function onTwoHosts(): Promise<{ readonly run: Run; readonly finished: Promise<RunResult> }> {
  const run = new Run(demoPlan({ ...OFF, speed: 1 }), { hosts: 2 });
  await run.start();
  return { run, finished: run.finish() };
}

/** Processes that this one has started and that still run. */
const children = (): number[] =>
  readFileSync(`/proc/self/task/${process.pid}/children`, "utf8")
    .trim()
    .split(" ")
    .filter(Boolean)
    .map(Number);

describe("a fleet over several processes", () => {
  test("comes to the digest that it has in one, whatever the number of hosts", async () => {
    const alone = await runDemo({ speed: "max", duration_s: 1800 });
    for (const hosts of [2, 5]) {
      const spread = await runDemo({ speed: "max", duration_s: 1800 }, { hosts });
      expect(spread).toMatchObject({
        digest: alone.digest,
        events: alone.events,
        partsProduced: alone.partsProduced,
        hosts,
      });
    }
    expect(children()).toEqual([]);
  });

  test("stopped by hand ends everywhere at one time, and repeats with its commands on any number of hosts", async () => {
    const inputs: RecordedInput[] = [];
    const run = new Run(demoPlan({ ...OFF, speed: 100 }), {
      hosts: 2,
      onInput: (input) => inputs.push(input),
    });
    await run.start();
    const finished = run.finish();
    expect(await run.command("cnc-01", FEED)).toEqual({ done: true });
    expect(await run.command("mill-02", FEED)).toEqual({ done: true });
    expect(await run.command("cnc-02", { name: "fly", arguments: {} })).toMatchObject({ done: false });
    await expect(run.command("nobody", FEED)).rejects.toThrow(/nobody/);
    run.stop();
    const live = await finished;
    await run.close();
    expect(live.ending).toBe("interrupted");
    expect(inputs.map((input) => input.unit).sort()).toEqual(["cnc-01", "mill-02"]);
    for (const hosts of [1, 3]) {
      const again = await runDemo({ speed: "max", duration_s: live.plantTime_s }, { hosts, replay: inputs });
      expect(again.digest).toBe(live.digest);
    }
  });

  test("answers what is asked of all of them with one page", async () => {
    const run = new Run(demoPlan({ ...OFF, speed: 100 }), { hosts: 2 });
    await run.start();
    const finished = run.finish();
    const view = await run.view({ columns: [], offset: 1, limit: 3 });
    expect(view.rows.map((row) => row.name)).toEqual(["cnc-02", "cnc-03", "mill-01"]);
    expect([view.units, view.matching]).toEqual([5, 5]);
    run.stop();
    await finished;
    await run.close();
  });

  test("that loses a host ends with code 5, names the cells, and leaves no orphan", async () => {
    const { run, finished } = await onTwoHosts();
    const [victim] = children();
    process.kill(victim!, "SIGKILL");
    const error = await finished.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CodedError);
    expect(error).toMatchObject({ code: "host-lost", exitCode: EXIT.internal });
    expect((error as CodedError).message).toMatch(
      /SIGKILL; it held (cnc-01, cnc-03, mill-02|cnc-02, mill-01)/,
    );
    await run.close();
    expect(children()).toEqual([]);
  });

  test("whose host hangs ends with code 5 after 15 s", async () => {
    const { run, finished } = await onTwoHosts();
    process.kill(children()[0]!, "SIGSTOP");
    await expect(finished).rejects.toMatchObject({
      code: "host-lost",
      message: expect.stringContaining("has been silent for 15 s") as string,
    });
    await run.close();
    expect(children()).toEqual([]);
  });

  test("loses none because the run itself was kept from hearing them for longer", async () => {
    const { run, finished } = await onTwoHosts();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 17_000);
    expect(await run.command("cnc-01", FEED)).toEqual({ done: true });
    run.stop();
    expect((await finished).ending).toBe("interrupted");
    await run.close();
  });
});

const NINE = `
taktwerk: 1
name: nine
fleet:
  - group: g
    units:
      - { model: cnc/vmc-3axis-15kw, count: 9, name: "cnc-{n}", program: programs/housing-steel }
`;

test("nine machines come to one digest as 1, 2 and 7 shards", async () => {
  const results: RunResult[] = [];
  for (const of of [1, 2, 7]) {
    const parts = new Map<string, RunResult>();
    for (let part = 1; part <= of; part++) {
      const overrides: Overrides = { speed: "max", duration_s: 1200, shard: { part, of } };
      const run = new Run(planScenario("nine.yaml", NINE, loadCatalog(), overrides));
      await run.start();
      parts.set(`${part}`, await run.finish());
      await run.close();
    }
    results.push(mergeResults(parts));
  }
  expect(new Set(results.map((result) => result.digest)).size).toBe(1);
  expect(new Set(results.map((result) => result.events)).size).toBe(1);
});

describe("shards", () => {
  const shard = (part: number): Promise<RunResult> =>
    runDemo({ speed: "max", duration_s: 900, shard: { part, of: 3 } });

  test("are joined to the digest of the whole", async () => {
    const whole = await runDemo({ speed: "max", duration_s: 900 });
    const parts = new Map([
      ["c", await shard(3)],
      ["a", await shard(1)],
      ["b", await shard(2)],
    ]);
    const merged = mergeResults(parts);
    expect(merged.digest).toBe(whole.digest);
    expect([merged.units, merged.events, merged.partsProduced]).toEqual([
      5,
      whole.events,
      whole.partsProduced,
    ]);
  });

  test("that do not belong together are refused", async () => {
    const [one, two] = [await shard(1), await shard(2)];
    expect(() =>
      mergeResults(
        new Map([
          ["a", one],
          ["b", two],
        ]),
      ),
    ).toThrow(/of 5 units only 4/);
    expect(() =>
      mergeResults(
        new Map([
          ["a", one],
          ["b", one],
        ]),
      ),
    ).toThrow(/cnc-01, which stands in a as well/);
    expect(() =>
      mergeResults(
        new Map([
          ["a", one],
          ["b", { ...two, seed: 7 }],
        ]),
      ),
    ).toThrow(/seed 7, but a has 42/);
  });
});
