import { Calendar, PRIORITY, type Handle } from "../engine/calendar.ts";
import { combine } from "../engine/digest.ts";
import type { Paced } from "../engine/pacer.ts";
import { RandomKey } from "../engine/random.ts";
import { Simulation } from "../engine/simulation.ts";
import type { CncModel } from "../equipment/cnc/cnc-model.ts";
import type { Workpiece } from "../equipment/cnc/cnc-machine.ts";
import { createCncUnit } from "../equipment/cnc/cnc-unit.ts";
import { CNC_KEEP_S } from "../equipment/cnc/signals.ts";
import { Chronicle, type ChronicleEntry } from "../equipment/chronicle.ts";
import type { Nameplate } from "../equipment/nameplate.ts";
import { UnitContext, type SignalGroup, type Unit } from "../equipment/unit.ts";
import type {
  Command,
  CommandResult,
  GroupDescription,
  GroupSample,
  PlantPort,
  SignalDescription,
  UnitDescription,
  Unwatch,
} from "../protocol/port.ts";
import { sample, type Signal } from "../signal/signal.ts";
import { wireTime, type PlantClock } from "../signal/plant-clock.ts";

/** What planning has decided about one unit. */
export interface UnitPlan {
  readonly name: string;
  readonly group: string;
  readonly index: number;
  /** Reference of the model: "cnc/vmc-3axis-15kw" */
  readonly modelReference: string;
  readonly model: CncModel;
  readonly workpiece: Workpiece;
  readonly nameplate: Nameplate;
}

const GOOD = 0;

/** A group that somebody may read, with the last tick that was computed. */
interface PolledGroup {
  readonly group: SignalGroup;
  last: GroupSample | undefined;
}

/** A command from outside as it entered the simulation: the number-th input of its cell, at that plant time. */
export interface RecordedInput {
  readonly cell: string;
  readonly number: number;
  readonly time_s: number;
  readonly unit: string;
  readonly command: Command;
}

/** A unit with the number of inputs that its cell has had. */
interface CommandedUnit {
  readonly unit: Unit;
  inputs: number;
}

interface Watch {
  readonly polled: PolledGroup;
  readonly listener: (sample: GroupSample) => void;
  tick: number;
  handle: Handle;
}

/**
 * The plant of one host: cells on one calendar, and the port through which protocols see them. Every unit is a
 * cell of its own, with its own random root and digest, because nothing couples units yet.
 *
 * Ticks of watched groups are computed beside the calendar: they neither count as events nor reach the digest.
 */
export class Plant implements PlantPort, Paced {
  readonly units: readonly UnitDescription[];
  /** Called before a read: the plant time that wall time has reached. Without a pacer, time stands. */
  due: () => number = () => this.now_s;
  /** Hears every input that was carried out. */
  onInput: (input: RecordedInput) => void = () => undefined;
  readonly #simulation = new Simulation();
  readonly #clock: PlantClock;
  readonly #chronicles = new Map<string, Chronicle>();
  readonly #commanded = new Map<string, CommandedUnit>();
  readonly #polled = new Map<string, PolledGroup>();
  readonly #watches = new Calendar<Watch>();
  #advancing = false;
  #failure: unknown;

  constructor(seed: number | string, clock: PlantClock, plans: readonly UnitPlan[]) {
    this.#clock = clock;
    const root = RandomKey.root(seed);
    this.units = plans.map((plan) => {
      const chronicle = new Chronicle();
      this.#chronicles.set(plan.name, chronicle);
      const context = new UnitContext(
        plan.name,
        this.#simulation,
        root.child(plan.name),
        chronicle,
        CNC_KEEP_S,
      );
      const unit = createCncUnit(context, plan.model, plan.nameplate, plan.workpiece);
      this.#commanded.set(plan.name, { unit, inputs: 0 });
      for (const group of unit.groups) {
        this.#polled.set(`${plan.name}/${group.poll.id}`, { group, last: undefined });
      }
      unit.start();
      return describeUnit(plan, unit);
    });
  }

  get now_s(): number {
    return this.#simulation.now_s;
  }

  get next_s(): number {
    return Math.min(this.#simulation.next_s, this.#watches.nextTime);
  }

  /** Model events since the start. */
  get events(): number {
    return this.#simulation.fired;
  }

  /** By cell: digest of everything that has happened in it. */
  get digests(): Map<string, string> {
    return new Map([...this.#chronicles].map(([cell, chronicle]) => [cell, chronicle.hex]));
  }

  /** Digest of everything that has happened, whatever the order of the cells. */
  get digest(): string {
    return combine(this.digests);
  }

  /** Tells everything that will happen in a cell, entry by entry. @throws Error for an unknown cell */
  trace(cell: string, onEntry: (entry: ChronicleEntry) => void): void {
    const chronicle = this.#chronicles.get(cell);
    if (!chronicle) throw new Error(`there is no cell ${cell}`);
    chronicle.onEntry = onEntry;
  }

  advance(until_s: number, mayGoOn: () => boolean = () => true): boolean {
    if (this.#failure !== undefined) throw this.#failure;
    this.#advancing = true;
    try {
      while (this.#watches.nextTime <= until_s) {
        if (!this.#simulation.run(this.#watches.nextTime, mayGoOn)) return false;
        this.#fireWatch();
        if (!mayGoOn()) return false;
      }
      return this.#simulation.run(until_s, mayGoOn);
    } finally {
      this.#advancing = false;
    }
  }

  read(unit: string, group: string): GroupSample | undefined {
    this.#catchUp();
    const polled = this.#find(unit, group);
    const tick = polled.group.poll.lastTick(this.now_s);
    return tick < 0 ? undefined : this.#sample(polled, tick);
  }

  watch(unit: string, group: string, listener: (sample: GroupSample) => void): Unwatch {
    this.#catchUp();
    const polled = this.#find(unit, group);
    const watch: Watch = { polled, listener, tick: polled.group.poll.lastTick(this.now_s), handle: 0 };
    this.#scheduleNext(watch);
    return () => void this.#watches.cancel(watch.handle);
  }

  command(unit: string, command: Command): CommandResult {
    if (this.#advancing) throw new Error("a command cannot come out of a watch");
    // What the model does at this very instant comes before what is asked of it.
    this.advance(Math.max(this.due(), this.now_s));
    return this.#carryOut(unit, command);
  }

  /** Puts recorded inputs back where they were; call it before time moves. Refused ones never were recorded. */
  replay(inputs: readonly RecordedInput[]): void {
    for (const { unit, command, time_s } of inputs) {
      this.#simulation.scheduleAt({ fire: () => this.#carryOut(unit, command) }, time_s, PRIORITY.input);
    }
  }

  #carryOut(name: string, command: Command): CommandResult {
    const commanded = this.#commanded.get(name);
    if (!commanded) throw new Error(`there is no unit ${name}`);
    const outcome = commanded.unit.command(command);
    if (!outcome.done) return outcome;
    const number = commanded.inputs++;
    commanded.unit.context.recordInput(number, command);
    this.onInput({ cell: name, number, time_s: this.now_s, unit: name, command });
    return outcome;
  }

  /**
   * Lets the simulation reach the present before somebody looks. A failure must end the run and not the client's
   * request, so it is kept for the pacer.
   */
  #catchUp(): void {
    if (this.#advancing || this.#failure !== undefined) return;
    const due_s = this.due();
    if (due_s <= this.now_s) return;
    try {
      this.advance(due_s);
    } catch (error) {
      this.#failure = error;
    }
  }

  #fireWatch(): void {
    const watch = this.#watches.pop();
    const sampled = this.#sample(watch.polled, watch.tick);
    this.#scheduleNext(watch);
    watch.listener(sampled);
  }

  #scheduleNext(watch: Watch): void {
    watch.tick++;
    watch.handle = this.#watches.insert(watch.polled.group.poll.timeOf(watch.tick), 0, watch);
  }

  #sample(polled: PolledGroup, tick: number): GroupSample {
    if (polled.last?.tick === tick) return polled.last;
    const { poll, signals } = polled.group;
    const time_s = poll.timeOf(tick);
    polled.last = {
      group: poll.id,
      tick,
      time_s,
      timestamp_ms: wireTime(this.#clock, time_s),
      values: signals.map((signal) => sample(signal, time_s, tick)),
      statuses: signals.map(() => GOOD),
    };
    return polled.last;
  }

  #find(unit: string, group: string): PolledGroup {
    const polled = this.#polled.get(`${unit}/${group}`);
    if (!polled) throw new Error(`there is no group ${group} of a unit ${unit}`);
    return polled;
  }
}

function describeUnit(plan: UnitPlan, unit: Unit): UnitDescription {
  return {
    name: plan.name,
    group: plan.group,
    kind: unit.kind,
    model: plan.modelReference,
    index: plan.index,
    nameplate: unit.nameplate,
    groups: unit.groups.map(describeGroup),
  };
}

function describeGroup({ poll, signals }: SignalGroup): GroupDescription {
  return { id: poll.id, period_s: poll.period_s, signals: signals.map(describeSignal) };
}

function describeSignal(signal: Signal): SignalDescription {
  const { id, title, description, type } = signal;
  const dimension =
    "truth" in signal && signal.unit && signal.range ? { unit: signal.unit, range: signal.range } : {};
  return { id, title, description, type, ...dimension };
}
