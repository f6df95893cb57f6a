import { wireFaultKinds, type AnyWireFaultKind } from "../fault/catalogue.ts";
import type { WireEffect, WireFamily, WireFaultParameters } from "../fault/wire-fault-kind.ts";
import type { ScheduledWireFault, WireFaultWindow } from "../fault/wire-fault-window.ts";
import { suggest } from "../errors.ts";

/** An endpoint that faults are carried out on, one object for each, and all units that are on it. */
export interface WireTarget {
  readonly name: string;
  readonly units: readonly string[];
  /** What its family's faults ask for, see src/fault. */
  readonly endpoint: object;
}

/** Where a unit's faults of a family are carried out; undefined when it has no such endpoint. */
export type WireTargets = (family: WireFamily, unit: string) => WireTarget | undefined;

/** A unit and what is scheduled on its endpoints. */
interface FaultyUnit {
  readonly name: string;
  readonly wireFaults: readonly ScheduledWireFault[];
}

/** A fault by hand. */
export interface WireFaultOrder {
  /** By which it is cleared; unique among those that are on the endpoint. */
  readonly id: string;
  /** Kind. */
  readonly fault: string;
  readonly with: WireFaultParameters;
  /** Plant time after which it ends by itself; it stays until it is cleared when left out. */
  readonly for_s?: number;
}

/** Carried out, or not and why. */
export type WireOutcome = { readonly done: true } | { readonly done: false; readonly reason: string };

/** One occurrence on one target. */
interface Occurrence {
  readonly id: string;
  readonly kind: AnyWireFaultKind;
  readonly parameters: WireFaultParameters;
  readonly target: WireTarget;
  readonly from_s: number;
  readonly ends_s: number | undefined;
  until_s: number | undefined;
  began_ms: number | undefined;
  ended_ms: number | undefined;
  failure: string | undefined;
  effect: WireEffect | undefined;
}

/** The end of what began together. */
interface End {
  readonly id: string;
  readonly from_s: number;
  readonly at_s: number;
  readonly occurrences: readonly Occurrence[];
}

/** A fault of the scenario with all units of this host that it is on. */
interface Course {
  readonly fault: ScheduledWireFault;
  readonly units: readonly string[];
  /** How many of it have begun. */
  begun: number;
}

/**
 * The faults on the wire of one host: begins and ends them when plant time has come to it, each target's in their
 * order, and keeps account of what was done when. They know the plant's time alone and never touch it.
 */
export class WireFaults {
  readonly #targets: WireTargets;
  readonly #log: (line: string) => void;
  readonly #courses: readonly Course[];
  readonly #occurrences: Occurrence[] = [];
  /** What is to end, by its plant time, not in order. */
  readonly #ends = new Set<End>();
  /** By unit that shares in them. */
  readonly #ofUnit = new Map<string, Occurrence[]>();
  readonly #work = new Map<object, Promise<void>>();
  #isOver = false;

  constructor(units: readonly FaultyUnit[], targets: WireTargets, log: (line: string) => void) {
    this.#targets = targets;
    this.#log = log;
    const courses = new Map<string, { fault: ScheduledWireFault; units: string[]; begun: number }>();
    for (const { name, wireFaults } of units) {
      for (const fault of wireFaults) {
        const course = courses.get(fault.id) ?? { fault, units: [], begun: 0 };
        course.units.push(name);
        courses.set(fault.id, course);
      }
    }
    this.#courses = [...courses.values()];
  }

  /** Plant time of what is to be done next; Infinity for never. */
  get next_s(): number {
    if (this.#isOver) return Infinity;
    const ends = [...this.#ends].map(({ at_s }) => at_s);
    return Math.min(...this.#courses.map(nextBegin_s), ...ends);
  }

  /** Begins and ends what is due, in order; what takes a while goes on meanwhile. */
  advance(until_s: number): void {
    // A run without an end at full speed asks for Infinity, at which nothing happens.
    for (let now_s = this.next_s; now_s <= until_s && now_s < Infinity; now_s = this.next_s) {
      for (const end of [...this.#ends].filter(({ at_s }) => at_s === now_s)) {
        this.#ends.delete(end);
        if (now_s > end.from_s) this.#log(`fault ${end.id} is over`);
        for (const occurrence of end.occurrences) void this.#end(occurrence, now_s);
      }
      for (const course of this.#courses) if (nextBegin_s(course) === now_s) this.#next(course, now_s);
    }
  }

  /** Does it to a unit's endpoint now, by hand. */
  async begin(unit: string, order: WireFaultOrder, now_s: number): Promise<WireOutcome> {
    const { id, fault, with: given, for_s } = order;
    const kind = wireFaultKinds.find((it) => it.id === fault);
    if (!kind) {
      const known = wireFaultKinds.map((it) => it.id);
      return refuse(`there is no fault "${fault}" on the wire. ${suggest(fault, known)}`);
    }
    const parsed = kind.parameters.safeParse(given);
    if (!parsed.success) return refuse(`"with" of ${fault} cannot be so: ${parsed.error.issues[0]!.message}`);
    const target = this.#targets(kind.family, unit);
    if (this.#isOver || !target) return refuse(`${unit} has no endpoint for ${fault}`);
    if (this.#present(unit, id)) return refuse(`a fault "${id}" is there already`);
    if (for_s !== undefined && kind.isMomentary)
      return refuse(`${fault} is over at once, and lasts for no time`);
    if (for_s !== undefined && !(for_s > 0)) return refuse(`${fault} cannot last for ${for_s} s`);
    const occurrence = this.#open(id, kind, parsed.data, target, now_s, for_s);
    this.#endLater([occurrence], now_s, for_s);
    await this.#begin(occurrence);
    if (kind.isMomentary) await this.#end(occurrence, now_s);
    return occurrence.failure === undefined ? { done: true } : refuse(occurrence.failure);
  }

  /** Takes it back now, also one that the scenario scheduled. */
  async clear(unit: string, id: string, now_s: number): Promise<WireOutcome> {
    const occurrence = this.#present(unit, id);
    if (!occurrence) return refuse(`there is no fault "${id}"`);
    await this.#end(occurrence, now_s);
    return occurrence.failure === undefined ? { done: true } : refuse(occurrence.failure);
  }

  /** Begins nothing any more, and takes back what would keep devices from their goodbyes; servers end as they are. */
  async finish(): Promise<void> {
    this.#isOver = true;
    this.#ends.clear();
    for (const occurrence of this.#occurrences) {
      if (occurrence.until_s === undefined && occurrence.kind.family !== "opcua")
        void this.#queue(occurrence, () => takeBack(occurrence));
    }
    await Promise.all(this.#work.values());
  }

  /** Every window so far, of each unit that shares in it. */
  get windows(): readonly WireFaultWindow[] {
    return this.#occurrences.flatMap(({ kind, target, effect: _effect, ...rest }) =>
      target.units.map((unit) => ({
        ...{ unit, ...rest, kind: kind.id, family: kind.family },
        ...{ endpoint: target.name, causes: kind.causes },
      })),
    );
  }

  /** Ids of the faults of a family that were on a unit's endpoint in that time, milliseconds since 1970. */
  during(family: WireFamily, unit: string, from_ms: number, to_ms: number): readonly string[] {
    const own = this.#ofUnit.get(unit);
    if (!own) return [];
    return own
      .filter(({ kind, began_ms, ended_ms = Infinity }) => {
        return kind.family === family && began_ms !== undefined && began_ms <= to_ms && ended_ms >= from_ms;
      })
      .map(({ id }) => id);
  }

  #present(unit: string, id: string): Occurrence | undefined {
    const isIt = ({ id: its, target, until_s }: Occurrence): boolean =>
      its === id && target.units.includes(unit) && until_s === undefined;
    return this.#occurrences.find(isIt);
  }

  #next(course: Course, now_s: number): void {
    const { fault, units } = course;
    const number = ++course.begun;
    const { kind: name, family, every_s, for_s, parameters } = fault;
    const kind = wireFaultKinds.find(({ id }) => id === name)!;
    const id = every_s === undefined ? fault.id : `${fault.id}#${number}`;
    const targets = new Map<object, WireTarget>();
    for (const unit of units) {
      const target = this.#targets(family, unit);
      if (target) targets.set(target.endpoint, target);
      else this.#log(`fault ${id}: ${name} cannot be carried out, ${unit} has no endpoint for it`);
    }
    const occurrences = [...targets.values()].map((it) => this.#open(id, kind, parameters, it, now_s, for_s));
    if (targets.size > 0) this.#log(`fault ${id}: ${name} on ${shown([...targets.values()])}`);
    for (const occurrence of occurrences) void this.#begin(occurrence);
    this.#endLater(occurrences, now_s, for_s);
  }

  #endLater(occurrences: readonly Occurrence[], from_s: number, for_s: number | undefined): void {
    const [first] = occurrences;
    if (first && for_s !== undefined)
      this.#ends.add({ id: first.id, from_s, at_s: from_s + for_s, occurrences });
  }

  #open(
    id: string,
    kind: AnyWireFaultKind,
    parameters: WireFaultParameters,
    target: WireTarget,
    from_s: number,
    for_s: number | undefined,
  ): Occurrence {
    const ends_s = for_s === undefined ? undefined : from_s + for_s;
    const open = { ends_s, until_s: undefined, began_ms: undefined, ended_ms: undefined };
    const occurrence = {
      ...{ id, kind, parameters, target, from_s, ...open },
      ...{ failure: undefined, effect: undefined },
    };
    this.#occurrences.push(occurrence);
    for (const unit of target.units) {
      const own = this.#ofUnit.get(unit) ?? [];
      own.push(occurrence);
      this.#ofUnit.set(unit, own);
    }
    return occurrence;
  }

  #begin(occurrence: Occurrence): Promise<void> {
    return this.#queue(occurrence, async () => {
      const { kind, target, parameters } = occurrence;
      const began_ms = Date.now();
      // Whoever looked the endpoint up did so by the kind's family.
      occurrence.effect = await kind.begin(target.endpoint as never, parameters);
      occurrence.began_ms = began_ms;
    });
  }

  async #end(occurrence: Occurrence, now_s: number): Promise<void> {
    // Somebody may have cleared it before.
    if (occurrence.until_s !== undefined) return;
    occurrence.until_s = now_s;
    await this.#queue(occurrence, () => takeBack(occurrence));
  }

  /** One after the other on a target, since a server that goes down cannot come up yet. Never rejects. */
  #queue(occurrence: Occurrence, work: () => Promise<void>): Promise<void> {
    const { endpoint, name } = occurrence.target;
    const done = (this.#work.get(endpoint) ?? Promise.resolve()).then(work).catch((error: unknown) => {
      occurrence.failure = error instanceof Error ? error.message : String(error);
      this.#log(`fault ${occurrence.id}: ${occurrence.kind.id} failed on ${name}: ${occurrence.failure}`);
    });
    this.#work.set(endpoint, done);
    return done;
  }
}

const refuse = (reason: string): WireOutcome => ({ done: false, reason });

/** When it begins next, never again when it has; n-th from the first, so that nothing drifts. */
function nextBegin_s({ fault: { at_s, every_s }, begun }: Course): number {
  if (begun > 0 && every_s === undefined) return Infinity;
  return at_s + begun * (every_s ?? 0);
}

async function takeBack(occurrence: Occurrence): Promise<void> {
  const { effect } = occurrence;
  occurrence.effect = undefined;
  if (!effect) return;
  await effect.clear();
  if (occurrence.until_s !== undefined) occurrence.ended_ms = Date.now();
}

/** Targets that a line names; of more it says how many. */
const SHOWN_MAX = 4;

const shown = (targets: readonly WireTarget[]): string =>
  targets.length > SHOWN_MAX ? `${targets.length} endpoints` : targets.map(({ name }) => name).join(", ");
