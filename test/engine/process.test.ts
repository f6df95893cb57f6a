import { describe, expect, test } from "vitest";
import type { Event } from "../../src/engine/event.ts";
import { Interrupt, type Body } from "../../src/engine/process.ts";
import { Resource } from "../../src/engine/resource.ts";
import { Simulation } from "../../src/engine/simulation.ts";
import { Store } from "../../src/engine/store.ts";

describe("processes", () => {
  test("wait for times and events, and hand values on", () => {
    const simulation = new Simulation();
    const log: string[] = [];
    const door = simulation.event<string>();
    simulation.process(
      "opener",
      (function* (): Body {
        yield 5;
        door.succeed("open");
      })(),
    );
    const guest = simulation.process(
      "guest",
      (function* (): Body<number> {
        log.push(`${yield* door} at ${simulation.now_s}`);
        yield simulation.timeout(2);
        return 42;
      })(),
    );
    simulation.process(
      "host",
      (function* (): Body {
        log.push(`guest says ${yield* guest} at ${simulation.now_s}`);
      })(),
    );
    expect(simulation.run(100)).toBe(true);
    expect(log).toEqual(["open at 5", "guest says 42 at 7"]);
    expect(simulation.now_s).toBe(100);
  });

  test("an interrupt ends a hold or a wait, carries its reason, and leaves nothing behind", () => {
    const simulation = new Simulation();
    const log: string[] = [];
    const sleeper = (wait: () => number | Event): Body =>
      (function* (): Body {
        try {
          yield wait();
        } catch (error) {
          log.push(`${(error as Interrupt).reason} at ${simulation.now_s}`);
          yield 10;
          log.push(`done at ${simulation.now_s}`);
        }
      })();
    const holding = simulation.process(
      "holding",
      sleeper(() => 4),
    );
    const waiting = simulation.process(
      "waiting",
      sleeper(() => simulation.event()),
    );
    simulation.process(
      "alarm",
      (function* (): Body {
        yield 3;
        holding.interrupt("fire");
        waiting.interrupt("smoke");
      })(),
    );
    simulation.run(100);
    expect(log).toEqual(["fire at 3", "smoke at 3", "done at 13", "done at 13"]);
    expect(() => holding.interrupt("again")).toThrow(/has ended/);
  });

  test("a failure that nobody waits for ends the run and names process and time", () => {
    const simulation = new Simulation();
    simulation.process(
      "cnc-07",
      (function* (): Body {
        yield 12.5;
        throw new Error("no tool");
      })(),
    );
    expect(() => simulation.run(100)).toThrow("process cnc-07 threw: no tool, at 12.5 s");
  });

  test("a failure that somebody waits for is thrown there", () => {
    const simulation = new Simulation();
    const failing = simulation.process(
      "failing",
      (function* (): Body {
        yield 1;
        throw new Error("no tool");
      })(),
    );
    let seen = "";
    simulation.process(
      "waiting",
      (function* (): Body {
        try {
          yield failing;
        } catch (error) {
          seen = (error as Error).message;
        }
      })(),
    );
    simulation.run(10);
    expect(seen).toMatch(/no tool/);
  });

  test("any-of happens with the first, all-of with the last, and both fail with a failure", () => {
    const simulation = new Simulation();
    const log: string[] = [];
    simulation.process(
      "p",
      (function* (): Body {
        const slow = simulation.timeout(9);
        const fast = simulation.timeout(4);
        const first = yield* simulation.anyOf([slow, fast]);
        log.push(`any at ${simulation.now_s}: ${first.has(fast)} ${first.has(slow)}`);
        const all = yield* simulation.allOf([slow, fast]);
        log.push(`all at ${simulation.now_s}: ${all.size}`);
        yield simulation.allOf([]);
        const broken = simulation.event();
        broken.fail(new Error("broken"));
        try {
          yield simulation.anyOf([simulation.timeout(1), broken]);
        } catch (error) {
          log.push((error as Error).message);
        }
      })(),
    );
    simulation.run(100);
    expect(log).toEqual(["any at 4: true false", "all at 9: 2", "broken"]);
  });

  test("a cancelled timeout is never processed", () => {
    const simulation = new Simulation();
    const timeout = simulation.timeout(5);
    expect(timeout.cancel()).toBe(true);
    simulation.run(10);
    expect(timeout.processed).toBe(false);
    expect(timeout.cancel()).toBe(false);
  });

  test("a run stops early when it may not go on, and goes on later to the same end", () => {
    const simulation = new Simulation();
    let steps = 0;
    simulation.process(
      "busy",
      (function* (): Body {
        for (;;) {
          yield 0.001;
          steps++;
        }
      })(),
    );
    expect(simulation.run(10, () => false)).toBe(false);
    expect(simulation.now_s).toBeLessThan(10);
    while (!simulation.run(10, () => true));
    expect(simulation.now_s).toBe(10);
    expect(steps).toBeGreaterThan(9990);
  });
});

describe("resources and stores", () => {
  test("places go by priority, then in order, and a withdrawn request gets none", () => {
    const simulation = new Simulation();
    const operator = new Resource(simulation, 1);
    const log: string[] = [];
    const work = function* (name: string, priority: number): Body {
      const place = yield* operator.request(priority);
      log.push(`${name} at ${simulation.now_s}`);
      yield 10;
      operator.release(place);
    };
    simulation.process("a", work("a", 5));
    simulation.process("b", work("b", 5));
    simulation.process("c", work("c", 1));
    simulation.run(1);
    const impatient = operator.request(0);
    operator.release(impatient);
    simulation.run(100);
    expect(log).toEqual(["a at 0", "c at 10", "b at 20"]);
    expect(operator.held).toBe(0);
    expect(impatient.triggered).toBe(false);
    expect(() => new Resource(simulation, 0)).toThrow(RangeError);
  });

  test("a store keeps its capacity and its order", () => {
    const simulation = new Simulation();
    const buffer = new Store<number>(simulation, 2);
    const log: string[] = [];
    simulation.process(
      "producer",
      (function* (): Body {
        for (let i = 0; i < 4; i++) {
          yield buffer.put(i);
          log.push(`put ${i} at ${simulation.now_s}`);
        }
      })(),
    );
    simulation.process(
      "consumer",
      (function* (): Body {
        for (;;) {
          yield 5;
          log.push(`got ${yield* buffer.get()} at ${simulation.now_s}`);
        }
      })(),
    );
    simulation.run(21);
    expect(log.filter((line) => line.startsWith("put"))).toEqual([
      "put 0 at 0",
      "put 1 at 0",
      "put 2 at 5",
      "put 3 at 10",
    ]);
    expect(log.filter((line) => line.startsWith("got"))).toEqual(
      [0, 1, 2, 3].map((i) => `got ${i} at ${5 * i + 5}`),
    );
    const withdrawn = buffer.get();
    buffer.withdraw(withdrawn);
    expect(buffer.size).toBe(0);
    void buffer.put(9);
    expect(withdrawn.triggered).toBe(false);
  });
});
