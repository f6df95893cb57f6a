import { Pacer } from "../engine/pacer.ts";
import { Plant } from "../plant/plant.ts";
import type { UnitDescription } from "../protocol/port.ts";
import type { Plan } from "../scenario/plan.ts";
import { calendarTime, type PlantClock } from "../signal/plant-clock.ts";
import { Endpoints } from "./endpoints.ts";
import { packageVersion } from "./files.ts";
import { byId, type Ending, type PlantStatus, type RunResult, type UnitStatus } from "./result.ts";

/**
 * One run of a plan in this process: the plant, its endpoints and the pacer that moves time.
 *
 * `start`, then await `finished`; `stop` ends it earlier. Nothing is left open after either.
 */
export class Run {
  readonly #plan: Plan;
  readonly #plant: Plant;
  readonly #clock: PlantClock;
  readonly #endpoints: Endpoints;
  readonly #pacer: Pacer;
  readonly #stopping = new AbortController();
  #began_ms = 0;

  /** @param log  hears what starts and what moves elsewhere, a line at a time */
  constructor(plan: Plan, log: (line: string) => void) {
    this.#plan = plan;
    this.#clock = { start_ms: plan.start_ms, wireStart_ms: plan.start_ms };
    this.#plant = new Plant(plan.seed, this.#clock, plan.units);
    this.#endpoints = new Endpoints(plan, this.#plant, log);
    this.#pacer = new Pacer(this.#plant, plan.speed, plan.duration_s);
  }

  /** Opens all endpoints. @throws CodedError when one cannot open; nothing is left open then */
  async start(): Promise<void> {
    await this.#endpoints.start(this.#stopping.signal);
  }

  /**
   * Lets time move until the plan's end or `stop`, then closes everything.
   *
   * @throws CodedError `simulation-failed`, with everything closed
   */
  async finish(): Promise<RunResult> {
    this.#began_ms = performance.now();
    if (this.#plan.timestamps === "wall") this.#clock.wireStart_ms = Date.now();
    try {
      if (!this.#stopping.signal.aborted) await this.#move();
    } finally {
      await this.#endpoints.stop();
    }
    return this.#result(this.#stopping.signal.aborted ? "interrupted" : "duration");
  }

  /** Ends the run where plant time stands; `finish` then closes and returns. */
  stop(): void {
    this.#stopping.abort();
    this.#pacer.stop();
  }

  status(): PlantStatus {
    const plantTime_s = this.#plant.now_s;
    return {
      plantTime_s,
      calendar_ms: calendarTime(this.#clock, plantTime_s),
      units: this.#plant.units.map((unit) => this.#unitStatus(unit)),
      wire: this.#endpoints.counts(),
    };
  }

  async #move(): Promise<void> {
    // Readers of the port see the present, also between two steps of the pacer.
    this.#plant.due = () => this.#pacer.due_s;
    await this.#pacer.run();
    // A run that was stopped ends at one time: what was due until then still happens.
    this.#plant.advance(this.#pacer.due_s);
  }

  #unitStatus(unit: UnitDescription): UnitStatus {
    const samples = unit.groups.map((group) => byId(group.signals, this.#plant.read(unit.name, group.id)));
    return { name: unit.name, values: Object.assign({}, ...samples) as UnitStatus["values"] };
  }

  #result(ending: Ending): RunResult {
    const { name, file, seed, speed } = this.#plan;
    const { units } = this.status();
    return {
      scenario: name,
      file,
      seed,
      speed,
      version: packageVersion(),
      digest: this.#plant.digest,
      ending,
      plantTime_s: this.#plant.now_s,
      wallTime_s: (performance.now() - this.#began_ms) / 1000,
      events: this.#plant.events,
      units: units.length,
      partsProduced: units.reduce((sum, unit) => sum + Number(unit.values["parts-produced"] ?? 0), 0),
      wire: this.#endpoints.counts(),
    };
  }
}
