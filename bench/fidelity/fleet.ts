import { RandomKey } from "../../src/engine/random.ts";
import { Cell } from "../../src/plant/cell.ts";
import { Plant } from "../../src/plant/plant.ts";
import type { Catalog } from "../../src/plant/catalog.ts";
import type { Command, GroupSample, UnitEvent, Value } from "../../src/protocol/port.ts";
import { planScenario, type PlannedUnit } from "../../src/scenario/plan.ts";
import { sample, type Signal } from "../../src/signal/signal.ts";
import type { NumberedHappening } from "../../src/equipment/unit-events.ts";

/** Machines of one kind in a measured fleet; fields beside these go into the scenario as they are. */
export interface FleetLine {
  readonly model: string;
  readonly program: string;
  readonly count: number;
  /** Prefix of the machines' names. */
  readonly name: string;
  readonly operation?: string;
  readonly failures?: "natural" | "none";
}

/** Machines of a fleet, planned as a scenario's are. */
export function planFleet(lines: readonly FleetLine[], catalog: Catalog): PlannedUnit[] {
  const units = lines.map(({ name, ...line }) => ({ ...line, name: `${name}-{n:02}` }));
  const scenario = { taktwerk: 1, name: "fidelity", fleet: [{ group: "machining", units }], endpoints: {} };
  // JSON is YAML.
  return [...planScenario("fidelity.yaml", JSON.stringify(scenario), catalog, { speed: "max" }).units];
}

/** One machine as a plant of its own: what it publishes does not depend on its neighbours. */
export class MachineRun {
  readonly name: string;
  readonly unit: PlannedUnit;
  readonly plant: Plant;

  constructor(unit: PlannedUnit, seed: number) {
    this.unit = unit;
    this.name = unit.name;
    this.plant = new Plant(seed, { start_ms: 0, wireStart_ms: 0 }, [unit]);
  }

  has(signal: string): boolean {
    return this.#find(signal) !== undefined;
  }

  /** Calls back with the values of some signals of one group at every tick; those that do not exist are undefined. */
  watch(
    signals: readonly string[],
    listener: (values: readonly (Value | undefined)[], time_s: number) => void,
  ): void {
    const group = this.plant.units[0]!.groups.find((it) => it.signals.some(({ id }) => signals.includes(id)));
    if (!group) return;
    const places = signals.map((id) => group.signals.findIndex((it) => it.id === id));
    const tell = ({ values, time_s }: GroupSample): void =>
      listener(
        places.map((place) => values[place]),
        time_s,
      );
    this.plant.watch(this.name, group.id, tell);
  }

  onEvent(listener: (event: UnitEvent) => void): void {
    this.plant.events(this.name, listener);
  }

  /** What a signal was at its group's last tick; NaN when there is none. */
  number(signal: string): number {
    const found = this.#find(signal);
    const values = found && this.plant.read(this.name, found.group)?.values;
    return Number(values?.[found!.place] ?? NaN);
  }

  /** @throws Error when it is refused */
  command(name: string, given: Command["arguments"]): void {
    const result = this.plant.command(this.name, { name, arguments: given });
    if (!result.done) throw new Error(`${this.name} refused ${name}: ${result.reason}`);
  }

  #find(signal: string): { group: string; place: number } | undefined {
    for (const { id, signals } of this.plant.units[0]!.groups) {
      const place = signals.findIndex((it) => it.id === signal);
      if (place >= 0) return { group: id, place };
    }
    return undefined;
  }
}

/**
 * One machine that is sampled at a rate of our own, beside its controller's poll groups: the same truth, noise and
 * rounding, as a faster controller would publish them.
 */
export class FastRun {
  readonly unit: PlannedUnit;
  readonly cell: Cell;
  readonly #signals: ReadonlyMap<string, Signal>;

  constructor(unit: PlannedUnit, seed: number) {
    this.unit = unit;
    this.cell = new Cell(unit, RandomKey.root(seed));
    this.#signals = new Map(
      this.cell.unit.groups.flatMap(({ signals }) => signals.map((signal) => [signal.id, signal])),
    );
  }

  get signalIds(): readonly string[] {
    return [...this.#signals.keys()];
  }

  /** Events come between two samples, with their exact times. */
  onEvent(listener: (event: NumberedHappening) => void): void {
    this.cell.unit.context.events.listen(listener);
  }

  /** The truth behind a number, without noise and rounding; NaN when there is no such signal. */
  truth(id: string, time_s: number): number {
    const signal = this.#signals.get(id);
    return signal && "truth" in signal ? signal.truth.value(time_s) : NaN;
  }

  /** What a number would be on the wire now; NaN when there is no such signal. */
  published(id: string, time_s: number): number {
    const signal = this.#signals.get(id);
    return signal ? Number(sample(signal, time_s, Math.floor(time_s))) : NaN;
  }

  /**
   * Runs on and takes what the signals publish at every multiple of the period.
   *
   * @param listener  gets the values in the order of `ids`, undefined where there is no such signal
   */
  run(
    from_s: number,
    to_s: number,
    period_s: number,
    ids: readonly string[],
    listener: (values: readonly (Value | undefined)[], time_s: number) => void,
  ): void {
    const signals = ids.map((id) => this.#signals.get(id));
    for (let tick = Math.ceil(from_s / period_s); tick * period_s < to_s; tick++) {
      const time_s = tick * period_s;
      this.cell.run(time_s);
      listener(
        signals.map((signal) => signal && sample(signal, time_s, tick)),
        time_s,
      );
    }
    this.cell.run(to_s);
  }

  /** @throws Error when it is refused */
  command(name: string, given: Command["arguments"]): void {
    const result = this.cell.command({ name, arguments: given }, () => undefined);
    if (!result.done) throw new Error(`${this.unit.name} refused ${name}: ${result.reason}`);
  }
}
