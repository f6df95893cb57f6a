import { z } from "zod";
import { exp } from "../../engine/math.ts";
import { white } from "../../signal/noise.ts";
import { STAGE } from "../../signal/sensor.ts";
import { sensorFault, sensorParameters, shareOfRange } from "../sensor-fault.ts";

const USUAL_SHARE = 0.1;
/** Of the logarithm of a spike's size. */
const DEVIATION = 0.5;

const parameters = z.strictObject({
  ...sensorParameters.shape,
  per_hour: z.number().gt(0).max(3600).default(20).describe("how many come in an hour, on average"),
  size: z
    .number()
    .optional()
    .describe("their median at severity 1, in the signal's unit (default 10 % of its range)"),
});

/** y = x + A at ticks that are Poisson; A lognormal, for one sample. Limits do not see them. */
export const sensorSpike = sensorFault(
  {
    id: "sensor-spike",
    title: "Spikes on a sensor",
    description: "Now and then one sample is far off, either way; its status stays Good.",
    parameters,
  },
  (point, { severity, per_hour, size }) => {
    const { poll, key } = point;
    const median = severity * (size ?? shareOfRange(point, USUAL_SHARE));
    const probability = 1 - exp((-per_hour * poll.period_s) / 3600);
    const [sizes, signs] = [key.child("size"), key.child("sign")];
    return {
      parameters: ["spike", median, per_hour],
      stage: STAGE.disturbance,
      publish: (value, _time_s, tick) => {
        if (key.uniform(tick) >= probability) return value;
        const spike = median * exp(DEVIATION * white(sizes, tick));
        return signs.uniform(tick) < 0.5 ? value - spike : value + spike;
      },
    };
  },
);
