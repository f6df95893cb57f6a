import { TimeBook, type Effectiveness } from "./effectiveness.ts";
import type { UnitPlan } from "../plant/cell.ts";
import { designCycles, type DesignCycle } from "../plant/design-cycle.ts";
import type { Plant } from "../plant/plant.ts";
import type { UnitEvent } from "../protocol/port.ts";

/** How a unit gets on. */
export interface Work {
  /** How long the program that runs has taken so far over what was planned for it; undefined when none runs. */
  readonly progress: number | undefined;
  /** Planned from part to part, s; undefined when none runs. */
  readonly cycle_s: number | undefined;
  /** Since the start. */
  readonly effectiveness: Effectiveness;
}

/** What of it can stand in a table of units; undefined while there is nothing to tell. */
export const WORK_COLUMNS: Readonly<Record<string, (work: Work) => number | undefined>> = {
  "cycle-progress": ({ progress }) => progress,
  oee: ({ effectiveness: { oee } }) => (Number.isNaN(oee) ? undefined : oee),
};

/** The books of one unit. */
interface Book {
  readonly time: TimeBook;
  readonly cycles: ReadonlyMap<string, DesignCycle>;
  running: { readonly program: string; readonly begun_s: number } | undefined;
  /** Of all parts that were made. */
  designed_s: number;
}

/** Keeps account of how each unit of a plant gets on, for somebody who looks. Make it before time moves. */
export class WorkBooks {
  readonly #plant: Plant;
  readonly #books = new Map<string, Book>();

  constructor(plant: Plant, plans: readonly UnitPlan[]) {
    this.#plant = plant;
    const known = new Map<string, ReadonlyMap<string, DesignCycle>>();
    for (const plan of plans) {
      const kind = [plan.modelReference, plan.organisation.title, ...plan.workpieces.map(nameOf)].join("\n");
      const cycles = known.get(kind) ?? designCycles(plan);
      known.set(kind, cycles);
      const time = new TimeBook(plant.unit(plan.name).timeModel);
      const book: Book = { time, cycles, running: undefined, designed_s: 0 };
      this.#books.set(plan.name, book);
      plant.events(plan.name, (event) => this.#note(book, event));
    }
  }

  of(unit: string): Work {
    const { time, cycles, running, designed_s } = this.#books.get(unit)!;
    const [good, scrapped] = ["parts-produced", "parts-scrapped"].map((id) =>
      Number(this.#plant.peek(unit, id) ?? 0),
    ) as [number, number];
    const { now_s } = this.#plant.unit(unit).context;
    const cycle = running && cycles.get(running.program);
    return {
      progress: cycle && (now_s - running!.begun_s) / cycle.program_s,
      cycle_s: cycle?.cycle_s,
      effectiveness: time.until(now_s, { good, scrapped, designed_s }),
    };
  }

  #note(book: Book, { kind, source, fields, time_s }: UnitEvent): void {
    if (source === STATE) book.time.enter(String(fields["to"]), time_s);
    if (source === "program-state") {
      const isRunning = fields["to"] === "Running" || fields["to"] === "Interrupted";
      if (!isRunning) book.running = undefined;
      else book.running ??= { program: String(fields["program"]), begun_s: time_s };
    }
    if (kind === "production") book.designed_s += book.cycles.get(String(fields["program"]))?.cycle_s ?? NaN;
  }
}

const STATE = "machine-state";

const nameOf = ({ program }: UnitPlan["workpieces"][number]): string => program.name;
