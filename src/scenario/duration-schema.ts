import { z } from "zod";
import { DURATION_EXAMPLES, faultOfDuration, parseDuration } from "./duration.ts";

/** A span of plant time, as people write it: "90s". */
export const duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, {
    error: ({ input }) => faultOfDuration(String(input)),
  })
  .meta({ examples: DURATION_EXAMPLES });

/** A timer of Node.js takes no more than 2^31 - 1 ms; one of a longer span fires at once. */
const WALL_MAX_S = 24 * 86_400;
const SHORTEST_S = 0.001;

const within =
  (least_s: number) =>
  (text: string): boolean => {
    const span_s = parseDuration(text);
    // What is no duration at all has been refused for that.
    return span_s === undefined || (span_s >= least_s && span_s <= WALL_MAX_S);
  };

/** A span of wall time, after which something happens by itself. */
export const wallDuration = duration.refine(within(0), "it is at most 24d");

/** One after which something happens again and again. */
export const interval = duration.refine(within(SHORTEST_S), "it is from 1ms to 24d");
