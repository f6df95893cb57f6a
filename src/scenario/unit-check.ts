import { scheduledId, type FaultWindow } from "../equipment/fault-injection.ts";
import type { NumberedHappening } from "../equipment/unit-events.ts";
import type { Bound, CheckPlan } from "./check-plan.ts";
import { Episode, type Ruling } from "./episode.ts";
import { parsePredicate, scopeOfEvent, type Level, type Predicate } from "./predicate.ts";
import type { Slot, UnitView } from "./unit-view.ts";
import { EVIDENCE_MAX, type CheckTally, type Evidence } from "./verdict.ts";

/** One check on one unit: opens its windows, tells them what the predicate comes to, and counts how they end. */
export class UnitCheck {
  /** What its predicate reads. */
  readonly slots: readonly Slot[];
  /** Where it compares numbers with a constant. */
  readonly levels: readonly Level[];
  /** When a window opens, closes or is decided by time alone; Infinity for never. */
  next_s = 0;
  readonly #plan: CheckPlan;
  readonly #view: UnitView;
  readonly #predicate: Predicate;
  readonly #recent: readonly NumberedHappening[];
  #open: Episode[] = [];
  /** Whether the window that opens by time still waits for it. */
  #waits: boolean;
  #isFresh = false;
  #seen = 0;
  /** What the predicate came to last. */
  #last: boolean | undefined;
  #opened = 0;
  #judged = 0;
  #failed = 0;
  readonly #evidence: Evidence[] = [];

  /** @param recent  the unit's last events, kept by the caller */
  constructor(plan: CheckPlan, view: UnitView, recent: readonly NumberedHappening[]) {
    this.#plan = plan;
    this.#view = view;
    this.#recent = recent;
    this.#predicate = parsePredicate(plan.predicate, plan.demand.word === "count");
    this.levels = this.#predicate.levels;
    this.slots = this.#predicate.references.map((reference) => view.slot(reference));
    this.#waits = "at_s" in plan.from;
  }

  /** Whether only events are something to look at. */
  get countsEvents(): boolean {
    return this.#plan.demand.word === "count";
  }

  get isOpen(): boolean {
    return this.#open.length > 0;
  }

  get tally(): CheckTally {
    return {
      name: this.#plan.name,
      units: 1,
      opened: this.#opened,
      judged: this.#judged,
      failed: this.#failed,
      evidence: this.#evidence,
    };
  }

  /** Opens and closes windows: by time, and by what faults began and ended in this instant, in their order. */
  move(time_s: number, faults: readonly FaultWindow[]): void {
    const { from, until } = this.#plan;
    this.#reach(time_s);
    if (until && "at_s" in until && until.at_s <= time_s) this.#closeAll(time_s);
    if (this.#waits && "at_s" in from && from.at_s <= time_s) {
      this.#waits = false;
      this.#begin(time_s);
    }
    for (const window of faults) {
      if (isOf(until, window)) this.#closeAll(time_s);
      if (isOf(from, window)) this.#begin(time_s);
    }
    this.#plotNext(time_s);
  }

  /**
   * Tells open windows what there is now.
   *
   * @param changed  whether what the predicate reads may be another than before
   * @param heard    events of this instant
   */
  look(time_s: number, changed: boolean, heard: readonly NumberedHappening[]): void {
    if (this.countsEvents) this.#countEvents(time_s, heard);
    else if (changed || this.#isFresh) {
      const isOther = this.#refresh(time_s);
      if (isOther || this.#isFresh) this.#tell(time_s);
      this.#isFresh = false;
    }
    if (this.next_s > time_s) return;
    this.#settle(time_s, (episode) =>
      episode.deadline_s <= time_s ? episode.close(time_s, false) : undefined,
    );
    this.#plotNext(time_s);
  }

  finish(end_s: number): void {
    this.#reach(end_s);
    this.#settle(end_s, (episode) => episode.close(end_s, true));
  }

  #begin(time_s: number): void {
    const { until, demand } = this.#plan;
    if (until && "at_s" in until && until.at_s <= time_s) return;
    this.#opened++;
    this.#isFresh = true;
    this.#open.push(new Episode(demand, time_s));
  }

  #countEvents(time_s: number, heard: readonly NumberedHappening[]): void {
    if (heard.length === 0) return;
    this.#refresh(time_s);
    for (const happening of heard) {
      if (this.#evaluate(time_s, happening) === true) this.#settle(time_s, (episode) => episode.count());
    }
  }

  /** Reads what the predicate reads. @returns whether any of it has changed since it was told last */
  #refresh(time_s: number): boolean {
    let isOther = false;
    for (const slot of this.slots) {
      this.#view.refresh(slot, time_s);
      if (slot.changed > this.#seen) isOther = true;
    }
    this.#seen = this.#view.look;
    return isOther;
  }

  #tell(time_s: number): void {
    if (this.slots.some(({ value }) => value === undefined)) return;
    const value = this.#evaluate(time_s);
    // The same value again tells a window nothing that it does not know, unless it has just opened.
    if (value === undefined || (value === this.#last && !this.#isFresh)) return;
    this.#last = value;
    this.#reach(time_s);
    this.#settle(time_s, (episode) => episode.tell(time_s, value));
    this.#plotNext(time_s);
  }

  /** What the predicate comes to; undefined when it failed, which fails every open window. */
  #evaluate(time_s: number, happening?: NumberedHappening): boolean | undefined {
    try {
      const unit = this.#view.scope;
      return this.#predicate.evaluate(happening ? { unit, event: scopeOfEvent(happening) } : { unit });
    } catch (error) {
      const [said] = (error as Error).message.split("\n");
      const why = `its predicate cannot be judged: ${said}`;
      this.#settle(time_s, () => ({ kind: "failed", why }));
      return undefined;
    }
  }

  #reach(time_s: number): void {
    this.#settle(time_s, (episode) => episode.reach(time_s));
  }

  #closeAll(time_s: number): void {
    this.#settle(time_s, (episode) => episode.close(time_s, false));
  }

  /** Lets every open window be ruled on; those that are decided are open no more. */
  #settle(time_s: number, rule: (episode: Episode) => Ruling | undefined): void {
    const open = this.#open;
    if (open.length === 0) return;
    const rulings = open.map(rule);
    if (rulings.every((ruling) => ruling === undefined)) return;
    this.#open = open.filter((_episode, i) => rulings[i] === undefined);
    rulings.forEach((ruling, i) => ruling && this.#count(time_s, open[i]!, ruling));
  }

  #count(time_s: number, { from_s }: Episode, ruling: Ruling): void {
    if (ruling.kind !== "undecided") this.#judged++;
    if (ruling.kind !== "failed") return;
    this.#failed++;
    if (this.#evidence.length >= EVIDENCE_MAX) return;
    for (const slot of this.slots) this.#view.refresh(slot, time_s);
    this.#evidence.push({
      unit: this.#view.scope.name,
      time_s,
      from_s,
      why: ruling.why,
      saw: Object.fromEntries(this.slots.map(({ title, value }) => [title, value ?? "nothing yet"])),
      events: this.#recent.map((event) => ({ time_s: event.time_s, message: event.message })),
    });
  }

  #plotNext(time_s: number): void {
    const { from, until } = this.#plan;
    let next_s = this.#waits && "at_s" in from ? from.at_s : Infinity;
    if (until && "at_s" in until && until.at_s > time_s) next_s = Math.min(next_s, until.at_s);
    for (const episode of this.#open) next_s = Math.min(next_s, episode.due_s);
    this.next_s = next_s;
  }
}

/** Whether a bound is this begin or end of a fault. */
function isOf(bound: Bound | undefined, { id, until_s }: FaultWindow): boolean {
  if (!bound || "at_s" in bound) return false;
  return until_s === undefined
    ? "begin" in bound && bound.begin === scheduledId(id)
    : "end" in bound && bound.end === scheduledId(id);
}
