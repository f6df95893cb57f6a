import { z } from "zod";
import { momentSelectorSchema, timelineId, timingFields } from "./fault-schema.ts";

/** Something that somebody does to units: a command, as an operator's key or an OPC UA method would give it. */
export const actionSchema = z.strictObject({
  id: timelineId,
  ...timingFields,
  on: momentSelectorSchema.describe("to which units"),
  do: z
    .string()
    .min(1)
    .meta({ examples: ["hold"] })
    .describe("command of the unit, of its conditions or of its job orders"),
  with: z
    .record(z.string(), z.union([z.number(), z.string(), z.boolean()]))
    .meta({ examples: [{ which: "feed", percent: 50 }] })
    .optional()
    .describe("its arguments"),
});

export type ActionSettings = z.infer<typeof actionSchema>;
