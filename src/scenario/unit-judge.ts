import type { FaultWindow } from "../equipment/fault-injection.ts";
import type { NumberedHappening } from "../equipment/unit-events.ts";
import type { Unit } from "../equipment/unit.ts";
import type { CellObserver } from "../plant/cell.ts";
import type { CheckPlan } from "./check-plan.ts";
import { CrossingClock, TickClock, type LookClock } from "./look-clock.ts";
import { formatReference } from "./predicate.ts";
import { UnitCheck } from "./unit-check.ts";
import { UnitView } from "./unit-view.ts";
import type { CheckTally } from "./verdict.ts";

/** Events before a failure that are told. */
const EVENTS_TOLD = 10;

interface Entry {
  readonly check: UnitCheck;
  readonly clocks: readonly LookClock<Entry>[];
  reads: boolean;
}

function isDue({ clocks }: Entry): boolean {
  for (const clock of clocks) if (clock.isDue) return true;
  return false;
}

/**
 * Judges all checks of one unit, beside the calendar of its cell. It looks when an instant is over in which
 * something changed, at the ticks of the groups that open checks read, where a value crosses the constant that it is
 * compared with, and when a window opens or closes by time.
 * What it sees is a function of plant time alone, so that speed, hosts and shards change no verdict.
 */
export class UnitJudge implements CellObserver {
  next_s = 0;
  /** When a window opens, closes or is decided by time alone: then or later. */
  #checksNext_s = 0;
  readonly #view: UnitView;
  readonly #clocks: readonly LookClock<Entry>[];
  readonly #entries: readonly Entry[];
  /** What has happened in the instant that is not over yet. */
  #changed = true;
  /** A trajectory has been re-anchored whose crossings somebody waits for. */
  #isReplotted = false;
  #windows: FaultWindow[] = [];
  #heard: NumberedHappening[] = [];
  readonly #recent: NumberedHappening[] = [];

  constructor(unit: Unit, plans: readonly CheckPlan[]) {
    const view = new UnitView(unit);
    const clocks: Clocks = new Map();
    this.#entries = plans.map((plan) => {
      const check = new UnitCheck(plan, view, this.#recent);
      const onStale = (): void => void (this.#isReplotted = true);
      const own = new Set(
        check.countsEvents ? [] : [...ticksOf(check, clocks), ...crossingsOf(check, view, clocks, onStale)],
      );
      const entry: Entry = { check, clocks: [...own], reads: false };
      for (const clock of own) clock.readers.push(entry);
      return entry;
    });
    this.#clocks = [...clocks.values()];
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
    if (isQuiet && this.next_s > time_s && !this.#isReplotted) return;
    this.#view.beginLook();
    for (const window of windows) this.#view.countFault(window.id, window.until_s === undefined);
    for (const clock of this.#clocks) clock.look(time_s);
    if (isQuiet && this.#checksNext_s > time_s) this.#lookWhereDue(time_s);
    else this.#lookAtAll(time_s, windows);
    this.#changed = this.#isReplotted = false;
    if (windows.length > 0) this.#windows = [];
    if (this.#heard.length > 0) this.#heard = [];
    this.next_s = this.#checksNext_s;
    for (const clock of this.#clocks) this.next_s = Math.min(this.next_s, clock.next_s);
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
    for (const clock of entry.clocks) {
      if (entry.reads) clock.acquire(time_s);
      else clock.release();
    }
  }

  /** Most looks are a tick that few checks read, and nothing else has happened. */
  #lookWhereDue(time_s: number): void {
    for (const { isDue, readers } of this.#clocks) {
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
      if (check.isOpen) check.look(time_s, changed || isDue(entry), this.#heard);
      this.#follow(entry, time_s);
      this.#checksNext_s = Math.min(this.#checksNext_s, check.next_s);
    }
  }

  #hear(happening: NumberedHappening): void {
    this.#heard.push(happening);
    if (this.#recent.push(happening) > EVENTS_TOLD) this.#recent.shift();
  }
}

/** By what they are of, since checks share them. */
type Clocks = Map<string, LookClock<Entry>>;

function share(clocks: Clocks, key: string, make: () => LookClock<Entry>): LookClock<Entry> {
  const clock = clocks.get(key) ?? make();
  clocks.set(key, clock);
  return clock;
}

/** Clocks of the poll groups that a check reads. */
const ticksOf = ({ slots }: UnitCheck, clocks: Clocks): LookClock<Entry>[] =>
  slots.flatMap(({ poll }) => (poll ? share(clocks, poll.id, () => new TickClock<Entry>(poll)) : []));

/** Clocks of where a check's numbers cross what they are compared with, as far as that can be known before. */
function crossingsOf(
  { levels }: UnitCheck,
  view: UnitView,
  clocks: Clocks,
  onStale: () => void,
): LookClock<Entry>[] {
  return levels.flatMap(({ reference, level }) => {
    const watchable = view.watchable(reference);
    const key = `${formatReference(reference)} ${level}`;
    return watchable ? share(clocks, key, () => new CrossingClock<Entry>(watchable, level, onStale)) : [];
  });
}
