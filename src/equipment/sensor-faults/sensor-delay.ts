import { z } from "zod";
import { STAGE } from "../../signal/sensor.ts";
import { sensorFault, sensorParameters } from "../sensor-fault.ts";

/** The unit keeps its past for that. */
const DELAY_MAX_S = 5;

const parameters = z.strictObject({
  ...sensorParameters.shape,
  delay_s: z
    .number()
    .gt(0)
    .max(DELAY_MAX_S)
    .default(2)
    .describe("how late it is at severity 1, seconds, to 5"),
});

/** y(t) = x(t - d), under the timestamp t. Limits do not see it. */
export const sensorDelay = sensorFault(
  {
    id: "sensor-delay",
    title: "Late sensor",
    description: "What is published is older than its timestamp says; its status stays Good.",
    parameters,
  },
  (_point, { severity, delay_s: most_s }) => {
    const delay_s = severity * most_s;
    return { parameters: ["delay", delay_s], stage: STAGE.transmission, delay_s };
  },
);
