import { z } from "zod";
import { DURATION_EXAMPLES, faultOfDuration, parseDuration } from "./duration.ts";

/** A span of plant time, as people write it: "90s". */
export const duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, {
    error: ({ input }) => faultOfDuration(String(input)),
  })
  .meta({ examples: DURATION_EXAMPLES });
