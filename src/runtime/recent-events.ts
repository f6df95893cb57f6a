import type { PlantPort, UnitEvent } from "../protocol/port.ts";

/** Events that are kept of each unit: what a screen shows, and little enough for ten thousand units. */
const KEPT = 16;

/** The last events of each unit of a plant, for somebody who comes to look. */
export class RecentEvents {
  readonly #events = new Map<string, UnitEvent[]>();

  constructor(plant: PlantPort) {
    for (const { name } of plant.units) {
      const kept: UnitEvent[] = [];
      this.#events.set(name, kept);
      plant.events(name, (event) => {
        kept.unshift(event);
        if (kept.length > KEPT) kept.pop();
      });
    }
  }

  /** The newest first. */
  of(unit: string): readonly UnitEvent[] {
    return this.#events.get(unit) ?? [];
  }
}
