import { z } from "zod";
import { duration } from "./duration-schema.ts";
import { selectorSchema } from "./fault-schema.ts";

const faultReference = z.strictObject({
  fault: z
    .string()
    .min(1)
    .meta({ examples: ["bearing"] })
    .describe("id of a fault of this scenario"),
});

const bound = z
  .union([duration, faultReference])
  .meta({ examples: ["2m", { fault: "bearing" }] })
  .optional();

const predicate = (meaning: string, example: string) =>
  z
    .string()
    .min(1)
    .meta({ examples: [example] })
    .optional()
    .describe(meaning);

/** What a check can demand of its predicate. */
export const CHECK_WORDS = {
  eventually: "CEL that is true at some time of the window",
  always: "CEL that is true all the time of the window",
  never: "CEL that is at no time of the window true",
  holds: "CEL that stays true for a while, as long as `for` says",
  count: "CEL over `event`: how many events of the window are such",
} as const;

/** What should be so, of which units, when. Which of its fields go together is judged when planning. */
export const checkSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(200)
    .meta({ examples: ["vibration alarm"] })
    .describe("what reports call it"),
  on: z
    .union([faultReference, selectorSchema])
    .optional()
    .describe("which units it judges: a selector, or those that a fault hits (default all)"),
  vantage: z
    .enum(["twin", "wire", "north"])
    .optional()
    .describe("whose view it is: what the plant did (default twin; the others come later)"),
  eventually: predicate(CHECK_WORDS.eventually, 'unit.conditions["vibration-high"].active'),
  always: predicate(CHECK_WORDS.always, 'unit.counters["parts-scrapped"] == 0'),
  never: predicate(CHECK_WORDS.never, 'unit.signals["spindle-load"] > 120'),
  holds: predicate(CHECK_WORDS.holds, 'unit.faults["bearing"]'),
  count: predicate(CHECK_WORDS.count, 'event.kind == "condition"'),
  within: duration.optional().describe("how long after the window's begin it has to have come true"),
  for: duration.optional().describe("how long it has to hold without a break"),
  atLeast: z.int().min(1).optional().describe("events that there have to be"),
  atMost: z.int().min(0).optional().describe("events that there may be"),
  after: bound.describe("begin of the window: a plant time, or each time that a fault begins (default 0s)"),
  until: bound.describe("end of the window: a plant time, or when a fault begins (default the run's end)"),
  during: faultReference.optional().describe("windows from a fault's begin to its end"),
});

export type CheckSettings = z.infer<typeof checkSchema>;
