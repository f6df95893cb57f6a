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
  return plantOf(
    Object.entries(MODELS).map(
      ([model, program], i) => `{ model: ${model}, name: m-${i + 1}, program: ${program} }`,
    ),
    seed,
  );
}

/** A plant of so many machines of one model, cnc-0001 and so on. */
export function fleetOf(model: string, program: string, count: number): Plant {
  return plantOf([`{ model: ${model}, count: ${count}, name: "cnc-{n:04}", program: ${program} }`], 1);
}

function plantOf(units: readonly string[], seed: number | string): Plant {
  const entries = units.map((unit) => `      - ${unit}`);
  const text = ["taktwerk: 1", "name: models", "fleet:", "  - group: g", "    units:", ...entries, ""].join(
    "\n",
  );
  const plan = planScenario("models.yaml", text, loadCatalog());
  return new Plant(seed, { start_ms: plan.start_ms, wireStart_ms: Date.UTC(2026, 0, 1) }, plan.units);
}
