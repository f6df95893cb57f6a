import type { FaultWindow } from "../equipment/fault-injection.ts";
import type { NumberedHappening } from "../equipment/unit-events.ts";
import type { Unit } from "../equipment/unit.ts";
import type { CellObserver } from "../plant/cell.ts";
import type { PollGroup } from "../signal/poll-group.ts";
import type { CheckPlan } from "./check-plan.ts";
import { UnitCheck } from "./unit-check.ts";
import { UnitView } from "./unit-view.ts";
import type { CheckTally } from "./verdict.ts";

/** Events before a failure that are told. */
const EVENTS_TOLD = 10;

/** The ticks of a group, while open checks read it. */
class Ticking {
  next_s = Infinity;
  isDue = false;
  /** Checks that read it, open or not. */
  readonly readers: Entry[] = [];
  readonly #poll: PollGroup;
  #tick = 0;
  #users = 0;

  constructor(poll: PollGroup) {
    this.#poll = poll;
  }

  /** Who begins to read it has seen the present. */
  acquire(time_s: number): void {
    if (this.#users++ > 0) return;
    this.#tick = this.#poll.lastTick(time_s) + 1;
    this.next_s = this.#poll.timeOf(this.#tick);
  }

  release(): void {
    if (--this.#users === 0) this.next_s = Infinity;
  }

  /** Finds out whether a tick has come, and when the next one will. */
  look(time_s: number): void {
    this.isDue = this.next_s <= time_s;
    if (this.isDue) this.next_s = this.#poll.timeOf(++this.#tick);
  }
}

interface Entry {
  readonly check: UnitCheck;
  readonly ticking: readonly Ticking[];
  reads: boolean;
}

function hasTick({ ticking }: Entry): boolean {
  for (const { isDue } of ticking) if (isDue) return true;
  return false;
}

/**
 * Judges all checks of one unit, beside the calendar of its cell. It looks when an instant is over in which
 * something changed, at the ticks of the groups that open checks read, and when a window opens or closes by time.
 * What it sees is a function of plant time alone, so that speed, hosts and shards change no verdict.
 */
export class UnitJudge implements CellObserver {
  next_s = 0;
  /** When a window opens, closes or is decided by time alone: then or later. */
  #checksNext_s = 0;
  readonly #view: UnitView;
  readonly #ticking: readonly Ticking[];
  readonly #entries: readonly Entry[];
  /** What has happened in the instant that is not over yet. */
  #changed = true;
  #windows: FaultWindow[] = [];
  #heard: NumberedHappening[] = [];
  readonly #recent: NumberedHappening[] = [];

  constructor(unit: Unit, plans: readonly CheckPlan[]) {
    const view = new UnitView(unit);
    const ticking = new Map<PollGroup, Ticking>();
    const tickingOf = (poll: PollGroup): Ticking => {
      const known = ticking.get(poll) ?? new Ticking(poll);
      ticking.set(poll, known);
      return known;
    };
    this.#entries = plans.map((plan) => {
      const check = new UnitCheck(plan, view, this.#recent);
      const polls = new Set(check.slots.flatMap(({ poll }) => poll ?? []));
      const entry: Entry = { check, ticking: [...polls].map(tickingOf), reads: false };
      for (const it of entry.ticking) it.readers.push(entry);
      return entry;
    });
    this.#ticking = [...ticking.values()];
    this.#view = view;
    unit.context.onRegister = () => {
      this.#changed = true;
    };
    unit.faults.listen((window) => this.#windows.push(window));
    unit.context.events.listen((happening) => this.#hear(happening));
  }

  /** Of each check, in the order in which they were given. */
  get tallies(): readonly CheckTally[] {
    return this.#entries.map(({ check }) => check.tally);
  }

  settle(time_s: number): void {
    const windows = this.#windows;
    const isQuiet = !this.#changed && windows.length === 0 && this.#heard.length === 0;
    if (isQuiet && this.next_s > time_s) return;
    this.#view.beginLook();
    for (const window of windows) this.#view.countFault(window.id, window.until_s === undefined);
    for (const ticking of this.#ticking) ticking.look(time_s);
    if (isQuiet && this.#checksNext_s > time_s) this.#lookAtTicks(time_s);
    else this.#lookAtAll(time_s, windows);
    this.#changed = false;
    if (windows.length > 0) this.#windows = [];
    if (this.#heard.length > 0) this.#heard = [];
    this.next_s = this.#checksNext_s;
    for (const ticking of this.#ticking) this.next_s = Math.min(this.next_s, ticking.next_s);
  }

  /** The run is over: every window closes. */
  finish(end_s: number): void {
    this.settle(end_s);
    this.#view.beginLook();
    for (const { check } of this.#entries) check.finish(end_s);
  }

  /** A check that is open reads its groups. */
  #follow(entry: Entry, time_s: number): void {
    if (entry.reads === entry.check.isOpen) return;
    entry.reads = entry.check.isOpen;
    for (const ticking of entry.ticking) {
      if (entry.reads) ticking.acquire(time_s);
      else ticking.release();
    }
  }

  /** Most looks are a tick that few checks read, and nothing else has happened. */
  #lookAtTicks(time_s: number): void {
    for (const { isDue, readers } of this.#ticking) {
      if (!isDue) continue;
      for (const entry of readers) {
        if (!entry.reads) continue;
        entry.check.look(time_s, true, this.#heard);
        this.#follow(entry, time_s);
        this.#checksNext_s = Math.min(this.#checksNext_s, entry.check.next_s);
      }
    }
  }

  #lookAtAll(time_s: number, windows: readonly FaultWindow[]): void {
    const changed = this.#changed || windows.length > 0;
    this.#checksNext_s = Infinity;
    for (const entry of this.#entries) {
      const { check } = entry;
      if (windows.length > 0 || check.next_s <= time_s) check.move(time_s, windows);
      if (check.isOpen) check.look(time_s, changed || hasTick(entry), this.#heard);
      this.#follow(entry, time_s);
      this.#checksNext_s = Math.min(this.#checksNext_s, check.next_s);
    }
  }

  #hear(happening: NumberedHappening): void {
    this.#heard.push(happening);
    if (this.#recent.push(happening) > EVENTS_TOLD) this.#recent.shift();
  }
}
