import { z } from "zod";
import { STAGE } from "../../signal/sensor.ts";
import { sensorFault, sensorParameters } from "../sensor-fault.ts";

const parameters = z.strictObject({
  ...sensorParameters.shape,
  factor: z.number().gt(0).max(10).default(1.1).describe("what it multiplies by at severity 1, above 0"),
});

/** y = g x */
export const sensorGain = sensorFault(
  {
    id: "sensor-gain",
    title: "Sensor with a wrong gain",
    description: "A sensor shows the more wrong the more there is; its status stays Good.",
    parameters,
    moves: ({ factor }) => (factor < 1 ? "down" : "up"),
  },
  (_point, { severity, factor }) => {
    const gain = 1 + severity * (factor - 1);
    return { parameters: ["gain", gain], stage: STAGE.sensing, line: { gain, offset: 0 } };
  },
);
