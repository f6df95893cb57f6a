import { Condition } from "../condition.ts";
import type { UnitContext } from "../unit-context.ts";
import type { Spindle } from "./spindle.ts";

/** Alarm of the front spindle bearing. */
export function spindleTemperatureHigh(
  context: UnitContext,
  spindle: Spindle,
  temperatureLimit_c: number,
): Condition {
  return new Condition(
    context,
    {
      id: "spindle-temperature-high",
      title: "Spindle temperature high",
      description: "The front spindle bearing is hotter than its limit.",
      message: "SPINDLE TEMPERATURE HIGH",
      code: "9031",
      severity: 600,
      category: "maintenance",
      signal: "spindle-temperature",
    },
    spindle.temperature,
    { direction: "above", level: temperatureLimit_c, hysteresis: 5, delay_s: 10 },
  );
}
