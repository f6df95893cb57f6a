import { expect, test } from "vitest";
import { Pacer, type Paced } from "../../src/runtime/pacer.ts";
import { Simulation } from "../../src/engine/simulation.ts";

function paced(simulation: Simulation): Paced {
  return {
    get now_s() {
      return simulation.now_s;
    },
    get next_s() {
      return simulation.next_s;
    },
    advance: (until_s, mayGoOn) => simulation.run(until_s, mayGoOn),
  };
}

function ticking(period_s: number): { simulation: Simulation; ticks: () => number } {
  const simulation = new Simulation();
  let ticks = 0;
  simulation.process(
    "tick",
    (function* () {
      for (;;) {
        yield period_s;
        ticks++;
      }
    })(),
  );
  return { simulation, ticks: () => ticks };
}

test("as fast as possible reaches the end and leaves the sockets their turn", async () => {
  const { simulation, ticks } = ticking(0.0009765625);
  let turns = 0;
  const turn = setInterval(() => turns++, 0);
  await new Pacer(paced(simulation), "max", 1000).run();
  clearInterval(turn);
  expect(ticks()).toBe(1_024_000);
  expect(simulation.now_s).toBe(1000);
  expect(turns).toBeGreaterThan(0);
});

test("a factor does the same work, never ahead of wall time", async () => {
  const { simulation, ticks } = ticking(1);
  const pacer = new Pacer(paced(simulation), 200, 20);
  let ahead = 0;
  simulation.process(
    "watch",
    (function* () {
      for (;;) {
        yield 0.5;
        if (simulation.now_s > pacer.due_s) ahead++;
      }
    })(),
  );
  await pacer.run();
  expect(ahead).toBe(0);
  expect(ticks()).toBe(20);
  expect(simulation.now_s).toBe(20);
});

test("stop ends a run without an end", async () => {
  const { simulation } = ticking(0.01);
  const pacer = new Pacer(paced(simulation), 1, Infinity);
  const run = pacer.run();
  setImmediate(() => pacer.stop());
  await run;
  expect(simulation.now_s).toBeLessThan(10);
});

test("an error of the work rejects the run", async () => {
  const { simulation } = ticking(1);
  simulation.scheduleAt(
    {
      fire: () => {
        throw new Error("boom");
      },
    },
    3,
  );
  await expect(new Pacer(paced(simulation), "max", 10).run()).rejects.toThrow("boom");
});

test("stands while paused, and goes on at another speed to the same end", async () => {
  const { simulation, ticks } = ticking(0.01);
  const pacer = new Pacer(paced(simulation), 50, 5);
  const run = pacer.run();
  await new Promise((resolve) => setImmediate(resolve));
  pacer.pause();
  const stood_s = pacer.due_s;
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  expect([pacer.due_s, pacer.standing]).toEqual([stood_s, true]);
  pacer.setSpeed("max");
  expect(pacer.standing).toBe(true);
  pacer.resume();
  pacer.resume();
  await run;
  expect(simulation.now_s).toBe(5);
  expect(ticks()).toBe(500);
});

test("stops at a whole millisecond, before it has begun as well", async () => {
  const { simulation } = ticking(0.01);
  const pacer = new Pacer(paced(simulation), 1, Infinity);
  const run = pacer.run();
  pacer.stop();
  await run;
  expect(pacer.due_s * 1000).toBe(Math.round(pacer.due_s * 1000));
  pacer.resume();
  expect(pacer.standing).toBe(true);
});

test("an error that comes before a run has begun ends it at once", async () => {
  const { simulation, ticks } = ticking(1);
  const pacer = new Pacer(paced(simulation), "max", 1000);
  const error = new Error("a command was under way");
  pacer.fail(error);
  await expect(pacer.run()).rejects.toBe(error);
  expect(ticks()).toBe(0);
});
