import { z } from "zod";
import { exp } from "../../engine/math.ts";
import { STAGE } from "../../signal/sensor.ts";
import { sensorFault, sensorParameters, shareOfRange } from "../sensor-fault.ts";

/** Of the range; 0.1 to 1 % a week are usual. */
const USUAL_SHARE = 0.01;
const WEEK_H = 168;

const parameters = z.strictObject({
  ...sensorParameters.shape,
  per_hour: z
    .number()
    .optional()
    .describe("how fast at severity 1, in the signal's unit an hour (default 1 % of its range a week)"),
  rest_h: z
    .number()
    .gt(0)
    .optional()
    .describe("time constant in hours with which it comes to rest (default never)"),
});

/** y = x + r (t - t0), or x + r τ (1 - exp(-(t - t0) / τ)), which begins as fast and comes to rest. */
export const sensorDrift = sensorFault(
  {
    id: "sensor-drift",
    title: "Drifting sensor",
    description: "A sensor goes away from the truth slowly; its status stays Good.",
    parameters,
    moves: ({ per_hour = 1 }) => (per_hour < 0 ? "down" : "up"),
  },
  (point, { severity, per_hour, rest_h = Infinity }) => {
    const from_s = point.time_s;
    const rate = (severity * (per_hour ?? shareOfRange(point, USUAL_SHARE) / WEEK_H)) / 3600;
    const tau_s = 3600 * rest_h;
    const drifted = (past_s: number): number =>
      rest_h === Infinity ? rate * past_s : rate * tau_s * (1 - exp(-past_s / tau_s));
    return {
      parameters: ["drift", rate, tau_s],
      stage: STAGE.sensing,
      drift: (value, time_s) => value + drifted(Math.max(0, time_s - from_s)),
    };
  },
);
