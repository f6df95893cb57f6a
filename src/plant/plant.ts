import { markPlantFailure } from "../errors.ts";
import { Calendar, PRIORITY, type Handle } from "../engine/calendar.ts";
import { combine } from "../engine/digest.ts";
import { RandomKey } from "../engine/random.ts";
import type { ChronicleEntry } from "../equipment/chronicle.ts";
import type { FaultWindow } from "../equipment/fault-injection.ts";
import type { SignalGroup } from "../equipment/sensors.ts";
import type { Unit } from "../equipment/unit.ts";
import type {
  Command,
  CommandResult,
  ConditionState,
  JobOrder,
  PastValue,
  GroupSample,
  PlantPort,
  UnitDescription,
  UnitEvent,
  Unwatch,
  Value,
} from "../protocol/port.ts";
import { sample, statusAt } from "../signal/signal.ts";
import { calendarTime, plantTime, wireTime, type PlantClock } from "../signal/plant-clock.ts";
import { Cell, type CellObserver, type RecordedInput, type UnitPlan } from "./cell.ts";
import { conditionState, wireTimeOf } from "./condition-state.ts";
import { describeUnit } from "./unit-description.ts";

/**
 * How far each cell is run before it is the next one's turn, when there is much to do: long enough for its data to stay
 * in the processor's cache, and so short that a round over all cells is a thousand hours of them, a second or two.
 */
const WINDOW_S = { least: 600, most: 3600, allCells: 1000 * 3600 } as const;
/** Cells between two looks at whether the work may go on. */
const CELLS_BATCH = 16;

/** A window of a fault, and whose. */
export interface UnitFault extends FaultWindow {
  readonly unit: string;
}

/** A group that somebody may read, with the last tick that was computed. */
interface PolledGroup {
  readonly cell: Cell;
  readonly group: SignalGroup;
  last: GroupSample | undefined;
}

/** Of a signal in a unit: which group, and which one of that. */
type Place = Readonly<Record<"group" | "index", number>>;

interface Watch {
  readonly polled: PolledGroup;
  readonly listener: (sample: GroupSample) => void;
  /** The first that it is told. */
  readonly from: number;
  tick: number;
  handle: Handle;
}

/**
 * The plant of one host: its cells, and the port through which protocols see them.
 *
 * Ticks of watched groups are computed beside the cells' calendars: they neither count as events nor reach a
 * digest. A tick, a read or a command only needs its own cell to be there.
 */
export class Plant implements PlantPort {
  readonly units: readonly UnitDescription[];
  /** Asked before a read: the plant time that wall time has reached. Without a pacer, time stands. */
  due: () => number = () => this.now_s;
  /** Hears every input that was carried out. */
  onInput: (input: RecordedInput) => void = () => undefined;
  /** Hears of the error that ends the plant, once; time may stand then. */
  onFailure: (error: unknown) => void = () => undefined;
  readonly #clock: PlantClock;
  readonly #cells: readonly Cell[];
  readonly #cellOf: ReadonlyMap<string, Cell>;
  readonly #polled = new Map<string, PolledGroup>();
  /** Where a signal was found last. */
  readonly #places = new Map<string, Place>();
  readonly #watches = new Calendar<Watch>();
  /** Cells by when there is something to do in them; where there is nothing, a cell's time stands. */
  readonly #due = new Calendar<Cell>();
  readonly #dueSlot = new Map<Cell, number>();
  /** To where all cells are being run. */
  #target_s = 0;
  /** Cells that were run there, which wait until all are. */
  readonly #arrived: Cell[] = [];
  /** Whoever hears of what happens may read, and must not move the cell under it. */
  #advancing = false;
  #failure: unknown;

  /** @param onCell  called before each cell is built, which takes time and memory; what it throws ends the building */
  constructor(seed: number | string, clock: PlantClock, plans: readonly UnitPlan[], onCell?: () => void) {
    this.#clock = clock;
    const root = RandomKey.root(seed);
    this.#cells = plans.map((plan) => {
      onCell?.();
      return new Cell(plan, root);
    });
    this.#cellOf = new Map(this.#cells.map((cell) => [cell.name, cell]));
    for (const cell of this.#cells) {
      // Until time moves, more may come into their calendars.
      this.#await(cell, 0);
      for (const group of cell.unit.groups) {
        this.#polled.set(`${cell.name}/${group.poll.id}`, { cell, group, last: undefined });
      }
    }
    this.units = plans.map((plan, i) => describeUnit(plan, this.#cells[i]!.unit));
  }

  get now_s(): number {
    return this.#target_s;
  }

  get now_ms(): number {
    return wireTime(this.#clock, Math.max(this.due(), this.#target_s));
  }

  /** The plant's calendar now, milliseconds since 1970. */
  get calendar_ms(): number {
    return calendarTime(this.#clock, this.now_s);
  }

  get next_s(): number {
    return Math.min(this.#watches.nextTime, this.#due.nextTime);
  }

  /** When a unit's model does something next; Infinity for never. @throws Error for a unit that there is not */
  nextOf(unit: string): number {
    return this.#cell(unit).nextEvent_s;
  }

  /** Model events since the start. */
  get fired(): number {
    return this.#cells.reduce((sum, cell) => sum + cell.fired, 0);
  }

  /** By cell: digest of everything that has happened in it. */
  get digests(): Map<string, string> {
    return new Map(this.#cells.map((cell) => [cell.name, cell.chronicle.hex]));
  }

  /** Digest of everything that has happened, whatever the order of the cells. */
  get digest(): string {
    return combine(this.digests);
  }

  /** Tells everything that will happen in a cell, entry by entry. @throws Error for an unknown cell */
  trace(cell: string, onEntry: (entry: ChronicleEntry) => void): void {
    this.#cell(cell).chronicle.onEntry = onEntry;
  }

  advance(until_s: number, mayGoOn: () => boolean = () => true): boolean {
    if (this.#failure !== undefined) throw this.#failure;
    const { least, most, allCells } = WINDOW_S;
    const window_s = Math.min(most, Math.max(least, allCells / this.#cells.length));
    this.#advancing = true;
    try {
      for (let first = true; ; first = false) {
        if (!this.#reachTarget(mayGoOn)) return false;
        if (this.#target_s >= until_s) return true;
        // A few cells are through a window before they have asked; the first window is always due.
        if (!first && !mayGoOn()) return false;
        this.#target_s = Math.min(until_s, this.#target_s + window_s);
      }
    } catch (error) {
      throw this.#fail(error);
    } finally {
      this.#advancing = false;
    }
  }

  read(unit: string, group: string): GroupSample | undefined {
    const polled = this.#find(unit, group);
    this.#catchUp(polled.cell);
    const tick = polled.group.poll.lastTick(polled.cell.now_s);
    return tick < 0 ? undefined : this.#sample(polled, tick);
  }

  /** What `read` tells of one signal; undefined also for one that the unit does not have. */
  peek(unit: string, signal: string): Value | undefined {
    const cell = this.#cell(unit);
    this.#catchUp(cell);
    const place = this.#place(cell, signal);
    if (!place) return undefined;
    const { poll, signals } = cell.unit.groups[place.group]!;
    const tick = poll.lastTick(cell.now_s);
    return tick < 0 ? undefined : sample(signals[place.index]!, poll.timeOf(tick), tick);
  }

  history(unit: string, signal: string, from_ms: number, to_ms: number): readonly PastValue[] {
    const cell = this.#cell(unit);
    const place = this.#place(cell, signal);
    if (!place) throw new Error(`there is no signal ${signal} of a unit ${unit}`);
    this.#catchUp(cell);
    const { poll, signals, feed } = cell.unit.groups[place.group]!;
    const asked = signals[place.index]!;
    const kept_s = Math.max(0, cell.now_s - cell.history_s);
    // Who asks knows timestamps, and a clock that was off gave them at other times.
    const off_s = feed.mostOff_s(kept_s, cell.now_s);
    const from_s = Math.max(kept_s, plantTime(this.#clock, from_ms) - off_s);
    const to_s = Math.min(cell.now_s, plantTime(this.#clock, to_ms) + off_s);
    const values: PastValue[] = [];
    // In the middle of the millisecond before: the tick at exactly `from_s` is one of them.
    for (let tick = poll.lastTick(from_s - 0.0005) + 1; poll.timeOf(tick) <= to_s; tick++) {
      const time_s = poll.timeOf(tick);
      const timestamp_ms = wireTime(this.#clock, feed.stamp(time_s));
      if (off_s > 0 && (timestamp_ms < from_ms || timestamp_ms > to_ms)) continue;
      values.push({ timestamp_ms, value: sample(asked, time_s, tick), status: statusAt(asked, time_s) });
    }
    return off_s > 0 ? values.sort((a, b) => a.timestamp_ms - b.timestamp_ms) : values;
  }

  watch(unit: string, group: string, listener: (sample: GroupSample) => void): Unwatch {
    const polled = this.#find(unit, group);
    this.#catchUp(polled.cell);
    const tick = polled.group.poll.lastTick(polled.cell.now_s);
    const watch: Watch = { polled, listener, from: tick + 1, tick, handle: 0 };
    this.#scheduleNext(watch);
    return () => void this.#watches.cancel(watch.handle);
  }

  events(unit: string, listener: (event: UnitEvent) => void): Unwatch {
    return this.#cell(unit).unit.context.events.listen((happening) => {
      listener({ ...happening, unit, timestamp_ms: wireTime(this.#clock, happening.time_s) });
    });
  }

  conditions(unit: string): readonly ConditionState[] {
    const cell = this.#cell(unit);
    this.#catchUp(cell);
    return cell.unit.conditions.map((condition) => conditionState(condition, this.#clock));
  }

  jobs(unit: string): readonly JobOrder[] {
    const cell = this.#cell(unit);
    this.#catchUp(cell);
    return (cell.unit.jobMachine?.jobs.all ?? []).map(({ started_s, ended_s, ...job }) => ({
      ...job,
      started_ms: wireTimeOf(this.#clock, started_s),
      ended_ms: wireTimeOf(this.#clock, ended_s),
    }));
  }

  command(unit: string, command: Command): CommandResult {
    if (this.#advancing) throw new Error("a command cannot come out of a watch");
    if (this.#failure !== undefined) throw this.#failure;
    const cell = this.#cell(unit);
    this.#advancing = true;
    try {
      cell.run(Math.max(this.due(), this.#target_s));
      const result = cell.command(command, (input) => this.onInput(input));
      this.#await(cell, cell.next_s);
      return result;
    } catch (error) {
      throw this.#fail(error);
    } finally {
      this.#advancing = false;
    }
  }

  /** Lets somebody look at a unit's cell; call it before time moves. @param make  from the unit */
  observe<T extends CellObserver>(unit: string, make: (unit: Unit) => T): T {
    const observer = make(this.unit(unit));
    this.#cell(unit).observe(observer);
    return observer;
  }

  /** Does what the scenario says; call it out of an event of the unit's cell. */
  perform(unit: string, command: Command): CommandResult {
    return this.#cell(unit).perform(command);
  }

  /** A unit for somebody who only looks. */
  unit(name: string): Unit {
    return this.#cell(name).unit;
  }

  /** Ground truth: what happened to each unit, from when to when. */
  get faults(): readonly UnitFault[] {
    return this.#cells.flatMap(({ unit }) =>
      unit.faults.windows.map((window) => ({ unit: unit.context.name, ...window })),
    );
  }

  /** Puts recorded inputs back where they were; call it before time moves. Refused ones never were recorded. */
  replay(inputs: readonly RecordedInput[]): void {
    for (const input of inputs) this.#cell(input.cell).replay(input, (again) => this.onInput(again));
  }

  /**
   * Lets a cell reach the present before a reader looks. A failure ends the run and not the reader's request.
   */
  #catchUp(cell: Cell): void {
    if (this.#advancing || this.#failure !== undefined) return;
    this.#advancing = true;
    try {
      cell.run(Math.max(this.due(), this.#target_s));
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#advancing = false;
    }
  }

  /** A plant that is changed by half must not go on, whatever the caller makes of the error. */
  #fail(error: unknown): unknown {
    if (this.#failure === undefined) {
      this.#failure = markPlantFailure(error);
      this.onFailure(this.#failure);
    }
    return this.#failure;
  }

  /** Ticks come first and in order, because somebody waits for them; then every cell with something to do. */
  #reachTarget(mayGoOn: () => boolean): boolean {
    while (this.#watches.nextTime <= this.#target_s) {
      this.#fireWatch();
      if (!mayGoOn()) return false;
    }
    for (let cell; (cell = this.#due.popUntil(this.#target_s));) {
      const isThere = cell.run(this.#target_s, mayGoOn);
      if (isThere) this.#arrived.push(cell);
      else this.#await(cell, cell.next_s);
      if (!isThere || (this.#arrived.length % CELLS_BATCH === 0 && !mayGoOn())) return false;
    }
    for (const cell of this.#arrived) this.#await(cell, cell.next_s);
    this.#arrived.length = 0;
    return true;
  }

  #await(cell: Cell, time_s: number): void {
    const slot = this.#dueSlot.get(cell);
    if (slot !== undefined) this.#due.leave(slot, cell);
    this.#dueSlot.set(cell, this.#due.enter(time_s, PRIORITY.normal, cell));
  }

  #fireWatch(): void {
    const watch = this.#watches.pop();
    const { polled, tick } = watch;
    polled.cell.run(polled.group.poll.timeOf(tick));
    const sampled = polled.group.feed.isTouched ? this.#deliver(watch) : [this.#sample(polled, tick)];
    this.#scheduleNext(watch);
    for (const it of sampled) watch.listener(it);
  }

  /** What a feed with a fault tells instead of its tick. */
  #deliver({ polled, from, tick }: Watch): GroupSample[] {
    const ticks = polled.group.feed.deliveries(tick).filter((it) => it >= from);
    return ticks.map((it) => this.#sample(polled, it));
  }

  #scheduleNext(watch: Watch): void {
    watch.tick++;
    watch.handle = this.#watches.insert(watch.polled.group.poll.timeOf(watch.tick), 0, watch);
  }

  #sample(polled: PolledGroup, tick: number): GroupSample {
    if (polled.last?.tick === tick) return polled.last;
    const { poll, signals, feed } = polled.group;
    const time_s = poll.timeOf(tick);
    const taken_ms = wireTime(this.#clock, time_s);
    const timestamp_ms = feed.isTouched ? wireTime(this.#clock, feed.stamp(time_s)) : taken_ms;
    polled.last = {
      group: poll.id,
      tick,
      time_s,
      taken_ms,
      timestamp_ms,
      values: signals.map((signal) => sample(signal, time_s, tick)),
      statuses: signals.map((signal) => statusAt(signal, time_s)),
    };
    return polled.last;
  }

  /** Where a unit has a signal: where another has it, mostly. */
  #place({ unit: { groups } }: Cell, signal: string): Place | undefined {
    const known = this.#places.get(signal);
    if (known && groups[known.group]?.signals[known.index]?.id === signal) return known;
    const indices = groups.map(({ signals }) => signals.findIndex(({ id }) => id === signal));
    const group = indices.findIndex((index) => index >= 0);
    if (group < 0) return undefined;
    const place = { group, index: indices[group]! };
    this.#places.set(signal, place);
    return place;
  }

  #find(unit: string, group: string): PolledGroup {
    const polled = this.#polled.get(`${unit}/${group}`);
    if (!polled) throw new Error(`there is no group ${group} of a unit ${unit}`);
    return polled;
  }

  #cell(name: string): Cell {
    const cell = this.#cellOf.get(name);
    if (!cell) throw new Error(`there is no cell ${name}`);
    return cell;
  }
}
