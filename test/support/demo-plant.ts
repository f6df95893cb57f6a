import { readFileSync } from "node:fs";
import { Plant } from "../../src/plant/plant.ts";
import { loadCatalog } from "../../src/runtime/files.ts";
import { planScenario, type Overrides, type Plan } from "../../src/scenario/plan.ts";

const DEMO = "scenarios/demo.yaml";

export function demoPlan(overrides: Overrides = {}): Plan {
  return planScenario(DEMO, readFileSync(DEMO, "utf8"), loadCatalog(), overrides);
}

/** The demo's plant at time 0, without a pacer and without endpoints; wire time begins at 2026-01-01T00:00:00Z. */
export function demoPlant(seed: number | string = 42): Plant {
  const plan = demoPlan();
  return new Plant(seed, { start_ms: plan.start_ms, wireStart_ms: Date.UTC(2026, 0, 1) }, plan.units);
}
