import { Plant } from "../../src/plant/plant.ts";
import { demoPlan } from "./demo-plant.ts";

/** Wire time at plant time 0. */
export const WARM_START_MS = 1_000_000;

/** The demo plant with spindles that are soon too warm, without a pacer. */
export function warmPlant(): Plant {
  const units = demoPlan().units.map((unit) => ({
    ...unit,
    model: { ...unit.model, spindle: { ...unit.model.spindle, temperatureLimit_c: 25 } },
  }));
  return new Plant(42, { start_ms: 0, wireStart_ms: WARM_START_MS }, units);
}
