import type { PlantPort, UnitEvent } from "../protocol/port.ts";

/** Events that are kept of all units together, and of each of them at least and at most. */
const KEPT_OF_ALL = 100_000;
const KEPT_MIN = 16;
const KEPT_MAX = 200;

/** The last events of each unit of a plant, for somebody who comes to look. */
export class RecentEvents {
  readonly #events = new Map<string, UnitEvent[]>();

  constructor(plant: PlantPort) {
    const room = Math.floor(KEPT_OF_ALL / plant.units.length);
    const kept = Math.max(KEPT_MIN, Math.min(room, KEPT_MAX));
    for (const { name } of plant.units) {
      const events: UnitEvent[] = [];
      this.#events.set(name, events);
      plant.events(name, (event) => {
        events.unshift(event);
        if (events.length > kept) events.pop();
      });
    }
  }

  /** The newest first. */
  of(unit: string): readonly UnitEvent[] {
    return this.#events.get(unit) ?? [];
  }

  /** How many there have been since the start. */
  countOf(unit: string): number {
    const [newest] = this.of(unit);
    return newest ? newest.number + 1 : 0;
  }
}
