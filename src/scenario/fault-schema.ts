import { z } from "zod";
import { duration } from "./duration-schema.ts";

const glob = z.string().regex(/^[A-Za-z0-9_*/.-]+$/);

/** Which units: those that everything fits that is said. */
export const selectorSchema = z.strictObject({
  model: glob
    .meta({ examples: ["cnc/*"] })
    .optional()
    .describe("reference of the machine model; * stands for anything"),
  group: glob
    .meta({ examples: ["machining"] })
    .optional()
    .describe("name of the group; * stands for anything"),
  name: glob
    .meta({ examples: ["cnc-0*"] })
    .optional()
    .describe("name of the unit; * stands for anything"),
  pick: z
    .union([z.int().min(1), z.string().regex(/^([1-9]\d?|100)%$/)])
    .meta({ examples: [3, "10%"] })
    .optional()
    .describe("only so many of them, drawn by the seed (default all)"),
});

/** Units of which only those are meant that are in a state when the time comes. */
export const momentSelectorSchema = selectorSchema.extend({
  state: z
    .string()
    .min(1)
    .meta({ examples: ['unit.states["machine-state"] == "Cutting"'] })
    .optional()
    .describe("CEL over `unit`: only if it is so when the time comes"),
});

const event = z
  .string()
  .min(1)
  .meta({ examples: ['event.kind == "condition" && event.source == "vibration-high"'] })
  .describe("CEL over `event` and `unit`");

/** When something of the timeline happens; faults and actions share it. */
export const timingFields = {
  at: duration
    .optional()
    .describe("plant time at which it begins; with `after`, how long after that (default 0s)"),
  after: z
    .union([z.string().min(1), z.strictObject({ event })])
    .meta({ examples: ["bearing"] })
    .optional()
    .describe("from when `at` counts: the begin of a fault, by its id, or the first such event of the unit"),
  every: duration.optional().describe("how long after its begin it begins again"),
};

export const timelineId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,47}$/)
  .meta({ examples: ["bearing"] })
  .describe("what checks and reports call it");

export const faultSchema = z.strictObject({
  id: timelineId,
  ...timingFields,
  for: duration.optional().describe("how long it lasts (default to the end)"),
  on: z
    .union([z.enum(["opcua", "mqttsn"]), momentSelectorSchema])
    .describe("which units it hits, or opcua or mqttsn: all that have such an endpoint"),
  fault: z
    .string()
    .min(1)
    .meta({ examples: ["spindle-bearing-wear"] })
    .describe("kind of fault, as `taktwerk list faults` shows it"),
  with: z
    .record(z.string(), z.union([z.number(), z.string(), z.boolean()]))
    .meta({ examples: [{ severity: 0.8 }] })
    .optional()
    .describe("its parameters, as `taktwerk list faults` shows them"),
});

export type FaultSettings = z.infer<typeof faultSchema>;
export type Selector = z.infer<typeof selectorSchema>;
type MomentSelector = z.infer<typeof momentSelectorSchema>;

/** Which units, where the name of an endpoint means all that have it. */
export const selectorOf = (on: FaultSettings["on"]): MomentSelector => (typeof on === "string" ? {} : on);
