import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Event } from "../src/engine/event.ts";
import type { Body } from "../src/engine/process.ts";
import { RandomKey } from "../src/engine/random.ts";
import { Simulation } from "../src/engine/simulation.ts";
import { Store } from "../src/engine/store.ts";
import { best, compare, Draws, timed, type Run } from "./measure.ts";
import { loadSimJs } from "./simjs.ts";
import type { Figures, Row } from "./table.ts";

/*
 * M/M/1 at a load of 0.9: a source that puts its arrival time into an unbounded store, and a server that takes it
 * out. Every library does it by its own processes and its own store.
 */

const stream = RandomKey.root("bench").stream();
const CUSTOMERS = 400_000;

const draws = (): Draws => new Draws(() => -Math.log(stream.uniform()));

/** What the customers' times in the system add up to, so that nothing is computed in vain. */
const total = new Float64Array(1);

/* Bodies stand outside of what is timed: a function made anew for each round would be compiled anew as well. */

function* storeSource(simulation: Simulation, store: Store<number>, delays: Draws): Body {
  for (let i = 0; i < CUSTOMERS; i++) {
    yield delays.next() / 0.9;
    yield* store.put(simulation.now_s);
  }
}

function* storeServer(simulation: Simulation, store: Store<number>, delays: Draws): Body {
  for (;;) {
    const arrival_s = yield* store.get();
    yield delays.next();
    total[0]! += simulation.now_s - arrival_s;
  }
}

/** Without an event where no wait is needed. */
function* offeringSource(simulation: Simulation, store: Store<number>, delays: Draws): Body {
  for (let i = 0; i < CUSTOMERS; i++) {
    yield delays.next() / 0.9;
    if (!store.offer(simulation.now_s)) yield store.put(simulation.now_s);
  }
}

function* takingServer(simulation: Simulation, store: Store<number>, delays: Draws): Body {
  for (;;) {
    const arrival_s = store.size > 0 ? store.take() : yield* store.get();
    yield delays.next();
    total[0]! += simulation.now_s - arrival_s;
  }
}

type StoreBody = (simulation: Simulation, store: Store<number>, delays: Draws) => Body;

function byStore(source: StoreBody = storeSource, server: StoreBody = storeServer): Run {
  const delays = draws();
  const run = (): void => {
    const simulation = new Simulation();
    const store = new Store<number>(simulation);
    simulation.process("source", source(simulation, store, delays));
    simulation.process("server", server(simulation, store, delays));
    simulation.run(Infinity);
  };
  return () => timed(CUSTOMERS, run);
}

interface Desk {
  readonly queue: number[];
  idle: Event<undefined> | undefined;
}

function* deskSource(simulation: Simulation, desk: Desk, delays: Draws): Body {
  for (let i = 0; i < CUSTOMERS; i++) {
    yield delays.next() / 0.9;
    desk.queue.push(simulation.now_s);
    desk.idle?.succeed(undefined);
    desk.idle = undefined;
  }
}

function* deskServer(simulation: Simulation, desk: Desk, delays: Draws): Body {
  for (;;) {
    if (desk.queue.length === 0) yield (desk.idle = simulation.event());
    const arrival_s = desk.queue.shift()!;
    yield delays.next();
    total[0]! += simulation.now_s - arrival_s;
  }
}

/** The same queue as an array beside an event that wakes the server: about two events a customer. */
function byDesk(): Run {
  const delays = draws();
  const run = (): void => {
    const simulation = new Simulation();
    const desk: Desk = { queue: [], idle: undefined };
    simulation.process("source", deskSource(simulation, desk, delays));
    simulation.process("server", deskServer(simulation, desk, delays));
    simulation.run(Infinity);
  };
  return () => timed(CUSTOMERS, run);
}

function bySimJs(): Run {
  const { Sim, Store: SimStore, Entity } = loadSimJs();
  const delays = draws();
  const customers = CUSTOMERS / 4;
  let store = new SimStore(Infinity);
  class Source extends Entity {
    left = customers;
    start(): void {
      if (this.left-- > 0) this.setTimer(delays.next() / 0.9).done(this.arrive);
    }
    arrive(): void {
      this.putStore(store, this.time()).done(this.start);
    }
  }
  class Server extends Entity {
    arrival = 0;
    start(): void {
      this.getStore(store).done(this.serve);
    }
    serve(): void {
      this.arrival = this.callbackMessage as number;
      this.setTimer(delays.next()).done(this.leave);
    }
    leave(): void {
      total[0]! += this.time() - this.arrival;
      this.start();
    }
  }
  const run = (): void => {
    store = new SimStore(Infinity);
    const sim = new Sim();
    sim.addEntity(Source);
    sim.addEntity(Server);
    sim.simulate(1e18);
  };
  return () => timed(customers, run);
}

/** Debian's packages belong to the system's interpreter, which need not be the first in the path. */
const INTERPRETERS = ["/usr/bin/python3", "python3"];
const SCRIPT = fileURLToPath(new URL("mm1.py", import.meta.url));

function againstSimPy(): Figures {
  const run = (python: string): number =>
    Number.parseFloat(spawnSync(python, [SCRIPT, "20000"], { encoding: "utf8" }).stdout);
  const python = INTERPRETERS.find((it) => run(it) > 0);
  const candidate = byStore();
  if (python === undefined) return { ...best(candidate), missing: "python3-simpy is not installed" };
  return compare(() => run(python), candidate, 5);
}

function holdProcesses(n: number): Run {
  const delays = new Draws(() => -n * Math.log(stream.uniform()));
  const simulation = new Simulation();
  const body = function* (): Body {
    for (;;) yield delays.next();
  };
  for (let i = 0; i < n; i++) simulation.process("holder", body());
  return () => {
    const fired = simulation.fired;
    const elapsed_ns = timed(1, () => simulation.run(simulation.now_s + 300_000));
    return elapsed_ns / (simulation.fired - fired);
  };
}

export const processRows: readonly Row[] = [
  { what: "a process's hold, 1e3 processes", measure: () => best(holdProcesses(1e3)) },
  {
    what: "M/M/1 over a typed store, a customer",
    baseline: "simjs",
    gate: { kind: "times faster", atLeast: 7 },
    measure: () => compare(bySimJs(), byStore()),
  },
  {
    what: "M/M/1 by offer and take, a customer",
    baseline: "simjs",
    gate: { kind: "times faster", atLeast: 8 },
    measure: () => compare(bySimJs(), byStore(offeringSource, takingServer)),
  },
  {
    what: "M/M/1 over a typed store, a customer",
    baseline: "python3-simpy",
    gate: { kind: "times faster", atLeast: 40 },
    measure: againstSimPy,
  },
  { what: "M/M/1 over an array and an event", measure: () => best(byDesk()) },
];
