import { Plant } from "../../src/plant/plant.ts";
import { loadCatalog } from "../../src/runtime/files.ts";
import { planScenario } from "../../src/scenario/plan.ts";

/** A machine of each model, by the model's reference. */
export const MODELS = {
  "cnc/vmc-3axis-15kw": "programs/bracket-al",
  "cnc/umc-5axis-25kw": "programs/bracket-ti",
  "cnc/mill-turn-22kw": "programs/shaft-42crmo4",
} as const;

/** A plant of one machine of each model, without a pacer and without endpoints. */
export function modelPlant(seed: number | string = 1): Plant {
  const units = Object.entries(MODELS).map(
    ([model, program], i) => `      - { model: ${model}, name: m-${i + 1}, program: ${program} }`,
  );
  const text = ["taktwerk: 1", "name: models", "fleet:", "  - group: g", "    units:", ...units, ""].join(
    "\n",
  );
  const plan = planScenario("models.yaml", text, loadCatalog());
  return new Plant(seed, { start_ms: plan.start_ms, wireStart_ms: Date.UTC(2026, 0, 1) }, plan.units);
}
