import { scheduledId } from "../equipment/fault-injection.ts";
import type { SignalGroup } from "../equipment/sensors.ts";
import type { Unit } from "../equipment/unit.ts";
import type { Watchable } from "../signal/limit.ts";
import type { PollGroup } from "../signal/poll-group.ts";
import { Quantity } from "../signal/quantity.ts";
import { Measured } from "../signal/sensor.ts";
import {
  measuredValue,
  sample,
  type NumericSignal,
  type Signal,
  type SignalValue,
} from "../signal/signal.ts";
import type { Trajectory } from "../signal/trajectory.ts";
import { ConditionView, cutText, formatReference, type Reference, type UnitScope } from "./predicate.ts";
import { namespaceOfSignal } from "./vocabulary.ts";

/** One thing that predicates read of a unit, and what it was when somebody looked last. */
export interface Slot {
  /** For people: `unit.signals["spindle-load"]` */
  readonly title: string;
  /** At whose ticks it may be another; undefined for what only changes with registers, conditions and faults. */
  readonly poll: PollGroup | undefined;
  /** Undefined while there is none: before the first tick. */
  value: SignalValue | undefined;
  /** The look in which it was seen to be another one. */
  changed: number;
}

interface Reader {
  /** Undefined while there is none. */
  read(time_s: number): SignalValue | undefined;
  /** Puts it where predicates find it. */
  put(value: SignalValue): void;
}

/** What predicates see of a unit: each thing is read once a look, however many predicates want it. */
export class UnitView {
  readonly scope: UnitScope;
  readonly #unit: Unit;
  readonly #slots = new Map<string, ViewSlot>();
  readonly #activeFaults = new Map<string, number>();
  #look = 0;

  constructor(unit: Unit) {
    this.#unit = unit;
    const empty = { states: {}, conditions: {}, counters: {}, flags: {}, signals: {} };
    this.scope = { name: unit.context.name, ...empty, published: {}, truth: {}, faults: {} };
  }

  /** The place of a thing, which the unit is known to have. */
  slot(reference: Reference): Slot {
    const title = formatReference(reference);
    const known = this.#slots.get(title);
    if (known) return known;
    const { reader, poll } = this.#reader(reference);
    const slot = new ViewSlot(title, poll, reader);
    this.#slots.set(title, slot);
    return slot;
  }

  /** A number of the unit whose crossings can be known before; undefined for one of which they cannot. */
  watchable({ of, id }: Reference): Watchable | undefined {
    const unpublished = of === "truth" ? this.#unit.truths.get(id) : undefined;
    if (unpublished) return unpublished instanceof Quantity ? unpublished : undefined;
    const { signal } = findSignal(this.#unit, id);
    if (!("truth" in signal) || !(signal.truth instanceof Quantity)) return undefined;
    return of === "truth" || !signal.sensor ? signal.truth : new Measured(signal.truth, signal.sensor);
  }

  /** Number of the look that is on; things that changed in it or later have a number as high. */
  get look(): number {
    return this.#look;
  }

  beginLook(): void {
    this.#look++;
  }

  /** Reads a thing, unless it has been read in this look. */
  refresh(slot: Slot, time_s: number): void {
    (slot as ViewSlot).refresh(this.#look, time_s);
  }

  /** A window of a fault opens or closes. */
  countFault(window: string, opens: boolean): void {
    const id = scheduledId(window);
    this.#activeFaults.set(id, (this.#activeFaults.get(id) ?? 0) + (opens ? 1 : -1));
  }

  #reader({ of, id }: Reference): { readonly reader: Reader; readonly poll: PollGroup | undefined } {
    const { scope } = this;
    if (of === "faults") {
      const read = (): boolean => (this.#activeFaults.get(id) ?? 0) > 0;
      return { reader: { read, put: (value) => (scope.faults[id] = value as boolean) }, poll: undefined };
    }
    if (of === "conditions") return { reader: this.#conditionReader(id), poll: undefined };
    if (of === "truth") {
      const { trajectory, poll } = this.#truth(id);
      const read = (time_s: number): number => trajectory.value(time_s);
      const put = (value: SignalValue): void => void (scope.truth[id] = value as number);
      return { reader: { read, put }, poll };
    }
    const { signal, poll } = findSignal(this.#unit, id);
    if (of === "published") return { reader: this.#publishedReader(signal, poll), poll };
    return { reader: this.#signalReader(signal), poll: "truth" in signal ? poll : undefined };
  }

  /** What nothing publishes, or what a signal is of before its sensor; that is looked at with the signal. */
  #truth(id: string): { readonly trajectory: Trajectory; readonly poll: PollGroup } {
    const unpublished = this.#unit.truths.get(id);
    if (unpublished) return { trajectory: unpublished, poll: slowest(this.#unit.groups) };
    const { signal, poll } = findSignal(this.#unit, id);
    return { trajectory: (signal as NumericSignal).truth, poll };
  }

  #conditionReader(id: string): Reader {
    const condition = this.#unit.conditions.find(({ head }) => head.id === id)!;
    const view = new ConditionView();
    this.scope.conditions[id] = view;
    return {
      read: () => {
        view.active = condition.active;
        view.acknowledged = condition.acknowledged;
        view.confirmed = condition.confirmed;
        view.shelved = condition.shelving !== "unshelved";
        const said = [
          view.active ? "active" : "inactive",
          ...(["acknowledged", "confirmed", "shelved"] as const).filter((it) => view[it]),
        ];
        return said.join(", ");
      },
      put: () => undefined,
    };
  }

  #publishedReader(signal: Signal, poll: PollGroup): Reader {
    const { published } = this.scope;
    return {
      read: (time_s) => {
        const tick = poll.lastTick(time_s);
        return tick < 0 ? undefined : sample(signal, poll.timeOf(tick), tick);
      },
      put: (value) => (published[signal.id] = cutText(value)),
    };
  }

  /** As its sensor measures it, without noise and rounding. */
  #signalReader(signal: Signal): Reader {
    const { id } = signal;
    if ("truth" in signal) {
      const { signals } = this.scope;
      return {
        read: (time_s) => measuredValue(signal, time_s),
        put: (value) => (signals[id] = value as number),
      };
    }
    const read = (time_s: number): SignalValue => signal.history.at(time_s);
    const { states, flags, counters } = this.scope;
    const of = namespaceOfSignal(signal);
    if (of === "states") return { read, put: (value) => (states[id] = cutText(String(value))) };
    if (of === "flags") return { read, put: (value) => (flags[id] = Boolean(value)) };
    return { read, put: (value) => (counters[id] = BigInt(value)) };
  }
}

class ViewSlot implements Slot {
  readonly title: string;
  readonly poll: PollGroup | undefined;
  value: SignalValue | undefined = undefined;
  changed = 0;
  readonly #reader: Reader;
  #read = 0;

  constructor(title: string, poll: PollGroup | undefined, reader: Reader) {
    this.title = title;
    this.poll = poll;
    this.#reader = reader;
  }

  refresh(look: number, time_s: number): void {
    if (this.#read === look) return;
    this.#read = look;
    const value = this.#reader.read(time_s);
    if (value === undefined || value === this.value) return;
    this.value = value;
    this.changed = look;
    this.#reader.put(value);
  }
}

function findSignal(unit: Unit, id: string): { readonly signal: Signal; readonly poll: PollGroup } {
  for (const { poll, signals } of unit.groups) {
    const signal = signals.find((it) => it.id === id);
    if (signal) return { signal, poll };
  }
  throw new Error(`${unit.context.name} has no signal ${id}`);
}

/** What no group polls is looked at as rarely as the slowest one does. */
const slowest = (groups: readonly SignalGroup[]): PollGroup =>
  groups.map(({ poll }) => poll).reduce((a, b) => (b.period_s > a.period_s ? b : a));
