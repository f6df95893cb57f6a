import { z } from "zod";
import { STAGE } from "../../signal/sensor.ts";
import { sensorFault, sensorParameters, shareOfRange } from "../sensor-fault.ts";

/** Of the range; 1 to 5 % are usual. */
const USUAL_SHARE = 0.05;

const parameters = z.strictObject({
  ...sensorParameters.shape,
  offset: z
    .number()
    .optional()
    .describe("by how much it is off at severity 1, in the signal's unit (default 5 % of its range)"),
});

/** y = x + b */
export const sensorBias = sensorFault(
  {
    id: "sensor-bias",
    title: "Biased sensor",
    description: "A sensor is off by a constant from one moment to the next; its status stays Good.",
    parameters,
    moves: ({ offset = 1 }) => (offset < 0 ? "down" : "up"),
  },
  (point, { severity, offset }) => {
    const by = severity * (offset ?? shareOfRange(point, USUAL_SHARE));
    return { parameters: ["bias", by], stage: STAGE.sensing, line: { gain: 1, offset: by } };
  },
);
