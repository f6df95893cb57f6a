import { z } from "zod";
import { wallDuration } from "./duration-schema.ts";
import { momentSelectorSchema, timelineId, timingFields } from "./fault-schema.ts";

/**
 * Something that somebody does: to units a command, as an operator's key or an OPC UA method would give it; to the run
 * another speed; or a command of this machine.
 */
export const actionSchema = z.strictObject({
  id: timelineId,
  ...timingFields,
  on: momentSelectorSchema.optional().describe("to which units `do` is done"),
  do: z
    .string()
    .min(1)
    .meta({ examples: ["hold"] })
    .optional()
    .describe("command of the unit, of its conditions or of its job orders"),
  with: z
    .record(z.string(), z.union([z.number(), z.string(), z.boolean()]))
    .meta({ examples: [{ which: "feed", percent: 50 }] })
    .optional()
    .describe("its arguments"),
  speed: z
    .number()
    .positive()
    .optional()
    .describe("plant seconds a second from then on; no matter at speed max"),
  run: z
    .string()
    .min(1)
    .meta({ examples: ["systemctl restart gateway"] })
    .optional()
    .describe("shell command of the system under test; left out without endpoints"),
  judge: z
    .boolean()
    .optional()
    .describe(
      "whether `run` is a check: code 0 is passed, 1 is failed, any other not judged (default false)",
    ),
  within: wallDuration.optional().describe("wall time that `run` may take (default 30s)"),
  outage: wallDuration
    .optional()
    .describe(
      "time after `run` in which the gateway or broker may be away for it; one that is not back then is to blame (default 30s)",
    ),
});

export type ActionSettings = z.infer<typeof actionSchema>;

/** One that is done to units. */
export type UnitAction = ActionSettings & {
  readonly on: NonNullable<ActionSettings["on"]>;
  readonly do: string;
};

export const isUnitAction = (action: ActionSettings): action is UnitAction =>
  action.on !== undefined && action.do !== undefined;
