import { describe, expect, test } from "vitest";
import type { Event } from "../../src/engine/event.ts";
import { Interrupt, type Body } from "../../src/engine/process.ts";
import { Container } from "../../src/engine/container.ts";
import { Preemption, Resource } from "../../src/engine/resource.ts";
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

  test("an interrupt at the instant of the awaited event comes first, and the event can be waited for again", () => {
    const simulation = new Simulation();
    const log: string[] = [];
    const door = simulation.event<string>();
    const guest = simulation.process(
      "guest",
      (function* (): Body {
        try {
          yield door;
        } catch (error) {
          log.push(`${(error as Interrupt).reason} at ${simulation.now_s}, triggered ${door.triggered}`);
        }
        log.push(`${yield* door} at ${simulation.now_s}`);
        // Processed by now: given at once, yet through the calendar.
        log.push(`${yield* door} at ${simulation.now_s}`);
      })(),
    );
    simulation.process(
      "host",
      (function* (): Body {
        yield 3;
        door.succeed("open");
        guest.interrupt("fire");
      })(),
    );
    simulation.run(10);
    expect(log).toEqual(["fire at 3, triggered true", "open at 3", "open at 3"]);
  });

  test("an interrupt that comes after the end at the same instant is no error, and nobody interrupts himself", () => {
    const simulation = new Simulation();
    const log: string[] = [];
    const short = simulation.process(
      "short",
      (function* (): Body {
        yield 1;
        expect(() => short.interrupt("me")).toThrow(/cannot interrupt itself/);
        try {
          yield 1;
        } catch (error) {
          log.push((error as Interrupt).reason as string);
        }
      })(),
    );
    simulation.process(
      "late",
      (function* (): Body {
        yield 2;
        log.push("late");
      })(),
    );
    simulation.run(1.5);
    short.interrupt("first");
    short.interrupt("second, of an ended process");
    simulation.run(10);
    expect(log).toEqual(["first", "late"]);
  });

  test("a delay that cannot be is the body's error", () => {
    const simulation = new Simulation();
    simulation.process(
      "agv-1",
      (function* (): Body {
        try {
          yield NaN;
        } catch (error) {
          yield error instanceof RangeError ? 1 : 2;
        }
        yield -1;
      })(),
    );
    expect(() => simulation.run(10)).toThrow("process agv-1 threw: a delay cannot be -1 s, at 1 s");
  });

  test("any-of counts what happens at the same instant, and lets go of its losers", () => {
    const simulation = new Simulation();
    const log: string[] = [];
    const loser = simulation.event();
    simulation.process(
      "p",
      (function* (): Body {
        const [a, b] = [simulation.timeout(5), simulation.timeout(5)];
        const any = yield* simulation.anyOf([a, b, loser]);
        log.push(`${any.size} at ${simulation.now_s}, b ${any.has(b)}`);
        yield 1;
        loser.fail(new Error("nobody cares"));
      })(),
    );
    expect(() => simulation.run(10)).toThrow("nobody cares");
    expect(log).toEqual(["2 at 5, b true"]);
  });

  test("a loser that fails is not silent unless it was defused", () => {
    const simulation = new Simulation();
    const loser = simulation.event();
    const any = simulation.anyOf([simulation.timeout(1), loser]);
    simulation.run(2);
    loser.fail(new Error("defused"));
    loser.defuse();
    simulation.run(3);
    expect([any.processed, any.failed, loser.processed]).toEqual([true, false, true]);
    expect(() => loser.value).toThrow("defused");
    expect(() => loser.succeed(undefined)).toThrow(/triggered before/);
  });

  test("all-of fails with its first failure, and with one event twice", () => {
    const simulation = new Simulation();
    const [early, late] = [simulation.event(), simulation.event()];
    const all = simulation.allOf([early, early, late]);
    all.defuse();
    early.fail(new Error("early"));
    simulation.run(1);
    expect([all.failed, all.error]).toEqual([true, new Error("early")]);
    late.fail(new Error("late"));
    expect(() => simulation.run(2)).toThrow("late");
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

  test("an interrupt of a process that waits for a place leaves no ghost in the queue", () => {
    const simulation = new Simulation();
    const operator = new Resource(simulation);
    const holder = operator.request();
    const waiting = simulation.process(
      "waiting",
      (function* (): Body {
        const request = operator.request();
        try {
          yield request;
        } catch {
          operator.release(request);
        }
      })(),
    );
    const next = operator.request();
    simulation.run(1);
    waiting.interrupt("enough");
    simulation.run(2);
    expect(operator.waiting).toBe(1);
    operator.release(holder);
    operator.release(holder);
    simulation.run(3);
    expect([next.processed, operator.held, operator.waiting]).toEqual([true, 1, 0]);
  });

  test("a preempting request takes the place of the least urgent, which is told by whom and since when", () => {
    const simulation = new Simulation();
    const charger = new Resource(simulation, 2);
    const log: string[] = [];
    const charge = function* (name: string, start_s: number, priority: number, preempt = false): Body {
      yield start_s;
      const request = charger.request(priority, preempt);
      try {
        yield request;
        log.push(`${name} at ${simulation.now_s}`);
        yield 10;
        log.push(`${name} full at ${simulation.now_s}`);
      } catch (error) {
        const { by, since_s, resource } = (error as Interrupt).reason as Preemption;
        log.push(`${name} gives way to ${by?.name} at ${simulation.now_s}, since ${since_s}`);
        expect([resource, (error as Error).message]).toEqual([
          charger,
          `interrupted: a place held since ${since_s} s was taken by ${by?.name}`,
        ]);
      } finally {
        charger.release(request);
      }
    };
    simulation.process("a", charge("a", 0, 5));
    simulation.process("b", charge("b", 1, 5));
    simulation.process("c", charge("c", 2, 5, true));
    simulation.process("d", charge("d", 3, 1, true));
    simulation.run(100);
    expect(log).toEqual([
      "a at 0",
      "b at 1",
      "b gives way to d at 3, since 1",
      "d at 3",
      "a full at 10",
      "c at 10",
      "d full at 13",
      "c full at 20",
    ]);
    expect(charger.held).toBe(0);
  });

  test("a place that nobody can be told of is not taken away", () => {
    const simulation = new Simulation();
    const fixture = new Resource(simulation);
    fixture.request(9);
    const urgent = fixture.request(0, true);
    simulation.run(1);
    expect([urgent.triggered, fixture.waiting]).toEqual([false, 1]);
  });

  test("a container keeps its level, and small wishes do not overtake large ones", () => {
    const simulation = new Simulation();
    const tank = new Container(simulation, 10, 4);
    const order: string[] = [];
    const note = (name: string, event: Event): void => {
      if (event.processed) order.push(name);
      else event.onProcessed({ notify: () => order.push(name) });
    };
    const large = tank.get(8);
    note("get 8", large);
    note("get 1", tank.get(1));
    note("put 5", tank.put(5));
    expect(tank.level).toBe(0);
    note("put 9", tank.put(9));
    const never = tank.put(3);
    note("put 2", tank.put(2));
    tank.withdraw(never);
    simulation.run(1);
    expect([tank.level, never.triggered]).toEqual([9, false]);
    note("get 3", tank.get(3));
    simulation.run(2);
    expect(order).toEqual(["put 5", "put 9", "get 8", "get 1", "get 3", "put 2"]);
    expect(tank.level).toBe(8);
    expect(() => tank.put(11)).toThrow(RangeError);
    expect(() => new Container(simulation, 1, 2)).toThrow(RangeError);
  });

  test("a store gives things in order, however many pass through it", () => {
    const simulation = new Simulation();
    const buffer = new Store<number>(simulation);
    const got: number[] = [];
    for (let i = 0; i < 500; i++) {
      buffer.put(2 * i);
      buffer.put(2 * i + 1);
      got.push(buffer.get().value);
    }
    expect(got).toEqual(Array.from({ length: 500 }, (_, i) => i));
    expect(buffer.size).toBe(500);
  });

  test("what needs not wait is answered at once, and the process runs on before others at that instant", () => {
    const simulation = new Simulation();
    const [buffer, operator] = [new Store<string>(simulation, 1), new Resource(simulation)];
    const log: string[] = [];
    const work = function* (name: string): Body {
      const place = yield* operator.request();
      log.push(`${name} holds`);
      yield buffer.put(name);
      log.push(`${name} takes ${yield* buffer.get()}`);
      operator.release(place);
      log.push(`${name} is done`);
    };
    simulation.process("a", work("a"));
    simulation.process("b", work("b"));
    simulation.run(0);
    expect(log).toEqual(["a holds", "a takes a", "a is done", "b holds", "b takes b", "b is done"]);
    // Two first steps and two ends.
    expect(simulation.fired).toBe(4);
  });

  test("a store takes an offer while there is room, and hands it to the get that waits longest", () => {
    const simulation = new Simulation();
    const buffer = new Store<number>(simulation, 1);
    const waiting = buffer.get();
    expect([buffer.offer(1), buffer.offer(2), buffer.offer(3)]).toEqual([true, true, false]);
    const put = buffer.put(4);
    simulation.run(0);
    expect([waiting.value, put.triggered]).toEqual([1, false]);
    expect([buffer.take(), put.triggered, buffer.take(), buffer.size]).toEqual([2, true, 4, 0]);
    expect(() => buffer.take()).toThrow(/the store is empty/);
  });
});

describe("interrupts that are returned", () => {
  test("are what `yield` gives, and undefined is what a span gives that came to its end", () => {
    const simulation = new Simulation();
    const log: unknown[] = [];
    const body = function* (): Body {
      log.push(yield 5);
      const interrupt = (yield 5) as Interrupt;
      log.push([interrupt.reason, simulation.now_s]);
      log.push(yield 1);
    };
    const told = simulation.process("told", body(), { interrupts: "returned" });
    simulation.scheduleAt({ fire: () => told.interrupt("override") }, 7);
    simulation.run(100);
    expect(log).toEqual([undefined, ["override", 7], undefined]);
    expect(told.processed).toBe(true);
  });

  test("are thrown where `yield*` promises a value of an event", () => {
    const simulation = new Simulation();
    const buffer = new Store<number>(simulation);
    const body = function* (): Body<string> {
      try {
        return `got ${yield* buffer.get()}`;
      } catch (error) {
        return (error as Interrupt).message;
      }
    };
    const told = simulation.process("told", body(), { interrupts: "returned" });
    simulation.scheduleAt({ fire: () => told.interrupt("enough") }, 1);
    simulation.run(2);
    expect(told.value).toBe("interrupted: enough");
  });
});

test("a failure that was dealt with is thrown at once into a process that asks later", () => {
  const simulation = new Simulation();
  const failed = simulation.event();
  failed.defuse();
  failed.fail(new Error("no"));
  const log: string[] = [];
  const ask = function* (typed: boolean): Body {
    yield 1;
    try {
      if (typed) yield* failed;
      else yield failed;
    } catch (error) {
      log.push(`${(error as Error).message} at ${simulation.now_s}`);
    }
  };
  simulation.process("plain", ask(false));
  simulation.process("typed", ask(true));
  simulation.run(5);
  expect(log).toEqual(["no at 1", "no at 1"]);
});
