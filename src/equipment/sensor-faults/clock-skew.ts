import { z } from "zod";
import { feedFault, feedParameters } from "../feed-fault.ts";

const parameters = z.strictObject({
  ...feedParameters.shape,
  offset_s: z
    .number()
    .min(-86_400)
    .max(86_400)
    .default(0)
    .describe("step of the clock at severity 1, seconds; below 0 it is late"),
  ppm: z
    .number()
    .min(-10_000)
    .max(10_000)
    .default(50)
    .describe("how much too fast it runs at severity 1, parts in a million"),
});

/** ts' = ts + o + ε (t - t0): NTP lost, a time zone or daylight saving wrong, a bad crystal. */
export const clockSkew = feedFault(
  {
    id: "clock-skew",
    title: "Wrong clock",
    description:
      "The controller's clock is off: source timestamps of its samples differ from the time they are of.",
    parameters,
  },
  ({ time_s: from_s }, { severity, offset_s, ppm }) => {
    const [step_s, rate] = [severity * offset_s, (severity * ppm) / 1e6];
    return {
      parameters: ["clock", step_s, rate],
      ahead_s: (time_s) => step_s + rate * (time_s - from_s),
    };
  },
);
