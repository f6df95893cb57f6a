import type { Loss, TimeModel } from "../equipment/time-model.ts";

/** What a unit has made of its time, in the terms of ISO 22400-2. */
export interface Effectiveness {
  /** Actual production time over planned busy time; NaN before anything was planned. */
  readonly availability: number;
  /** Planned run time of what was made over actual production time; NaN before anything was produced. */
  readonly performance: number;
  /** Good parts over all; NaN without any. */
  readonly quality: number;
  /** Their product. */
  readonly oee: number;
  /** Planned busy time, s. */
  readonly planned_s: number;
  /** Of the planned busy time, what it was lost to, s. */
  readonly lost_s: Readonly<Record<Loss, number>>;
}

/** What was made meanwhile. */
export interface Output {
  readonly good: number;
  readonly scrapped: number;
  /** Planned run time of all those parts: the sum of their design cycles, s. */
  readonly designed_s: number;
}

/** Stops that are shorter are losses of performance, as ISO 22400 has it. */
const MICRO_STOP_S = 300;

type Use = "unplanned" | "producing" | "stop" | Loss;

/** Time in one use: a stop is as long as the machine stands, whatever it shows meanwhile. */
interface Stretch {
  readonly use: Use;
  span_s: number;
  /** An alarm or a repair was part of it. */
  isBroken: boolean;
}

/** Keeps the books of one unit's time, state by state. */
export class TimeBook {
  readonly #model: TimeModel;
  #planned_s = 0;
  #producing_s = 0;
  readonly #lost_s: Record<Loss, number> = { "set-up": 0, tools: 0, breakdown: 0, waiting: 0 };
  #state: string;
  #since_s = 0;
  /** What lasts, up to the present state. */
  #stretch: Stretch | undefined;

  constructor(model: TimeModel) {
    this.#model = model;
    this.#state = model.initial;
  }

  /** Another state begins at `time_s`, which is not before the last one did. */
  enter(state: string, time_s: number): void {
    this.#last(time_s);
    this.#state = state;
  }

  /** Until `time_s`, which is not before the last state began; what lasts counts for as long as it is by then. */
  until(time_s: number, { good, scrapped, designed_s }: Output): Effectiveness {
    const book = this.#copy();
    book.#last(time_s);
    book.#close();
    const planned_s = book.#planned_s;
    const availability = book.#producing_s / planned_s;
    const performance = designed_s / book.#producing_s;
    const quality = good / (good + scrapped);
    const oee = availability * performance * quality;
    return { availability, performance, quality, oee, planned_s, lost_s: book.#lost_s };
  }

  #copy(): TimeBook {
    const book = new TimeBook(this.#model);
    [book.#state, book.#since_s] = [this.#state, this.#since_s];
    [book.#planned_s, book.#producing_s] = [this.#planned_s, this.#producing_s];
    Object.assign(book.#lost_s, this.#lost_s);
    if (this.#stretch) book.#stretch = { ...this.#stretch };
    return book;
  }

  /** Lets the present state last until then; one that takes no time leaves no trace. */
  #last(time_s: number): void {
    const span_s = time_s - this.#since_s;
    this.#since_s = time_s;
    if (span_s === 0) return;
    const use = this.#useOf(this.#state);
    if (this.#stretch?.use !== use) this.#close();
    this.#stretch ??= { use, span_s: 0, isBroken: false };
    this.#stretch.span_s += span_s;
    this.#stretch.isBroken ||= this.#model.breakdown.has(this.#state);
  }

  #close(): void {
    const { use = "unplanned", span_s = 0, isBroken = false } = this.#stretch ?? {};
    this.#stretch = undefined;
    if (use === "unplanned") return;
    this.#planned_s += span_s;
    if (use === "producing" || (use === "stop" && span_s < MICRO_STOP_S)) this.#producing_s += span_s;
    else this.#lost_s[use === "stop" ? (isBroken ? "breakdown" : "waiting") : use] += span_s;
  }

  #useOf(state: string): Use {
    const { unplanned, producing, losses } = this.#model;
    if (unplanned.has(state)) return "unplanned";
    return producing.has(state) ? "producing" : (losses.get(state) ?? "stop");
  }
}
