import type { Condition } from "../equipment/condition.ts";
import type { ConditionState } from "../protocol/port.ts";
import { wireTime, type PlantClock } from "../signal/plant-clock.ts";

/** A condition as the wires see it. */
export function conditionState(condition: Condition, clock: PlantClock): ConditionState {
  const { active, acknowledged, confirmed, shelving, comment, commentBy, unshelves_s } = condition;
  return {
    id: condition.head.id,
    ...{ active, acknowledged, confirmed, shelving, comment, commentBy },
    unshelves_ms: wireTimeOf(clock, unshelves_s),
    timestamp_ms: wireTime(clock, condition.changed_s),
    activeTimestamp_ms: wireTime(clock, condition.activeChanged_s),
  };
}

/** Milliseconds since 1970; undefined for a time that there is not. */
export function wireTimeOf(clock: PlantClock, time_s: number | undefined): number | undefined {
  return time_s === undefined ? undefined : wireTime(clock, time_s);
}
