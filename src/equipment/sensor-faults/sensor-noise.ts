import { z } from "zod";
import { white } from "../../signal/noise.ts";
import { STAGE } from "../../signal/sensor.ts";
import { sensorFault, sensorParameters, shareOfRange } from "../sensor-fault.ts";

/** Of the range: what a good sensor has about, where a signal has no noise of its own. */
const USUAL_SHARE = 0.001;

const parameters = z.strictObject({
  ...sensorParameters.shape,
  factor: z
    .number()
    .gt(1)
    .max(100)
    .default(6)
    .describe("how many times its own noise, or 0.1 % of its range, it has at severity 1"),
});

/** A bad connector, or interference: σ three- to tenfold. Limits do not see it. */
export const sensorNoise = sensorFault(
  {
    id: "sensor-noise",
    title: "Noisy sensor",
    description: "A sensor's noise is many times the usual; its mean and its status stay.",
    parameters,
  },
  (point, { severity, factor }) => {
    const { signal, key } = point;
    const more = severity * (factor - 1);
    const own =
      signal.noise ?? ((_truth, _time_s, tick) => shareOfRange(point, USUAL_SHARE) * white(key, tick));
    return {
      parameters: ["noise", more],
      stage: STAGE.disturbance,
      publish: (value, time_s, tick) => value + more * own(signal.truth.value(time_s), time_s, tick),
    };
  },
);
