import { z } from "zod";
import { STAGE } from "../../signal/sensor.ts";
import { sensorFault, sensorParameters } from "../sensor-fault.ts";

const parameters = z.strictObject({
  ...sensorParameters.shape,
  steps: z.int().min(2).max(10_000).default(8).describe("last digits that one step is at severity 1"),
});

/** y = q round(x / q): a converter with too few bits, or set to another range. Limits do not see it. */
export const sensorQuantisation = sensorFault(
  {
    id: "sensor-quantisation",
    title: "Coarse sensor",
    description: "A sensor moves in steps of many last digits: few values are left; its status stays Good.",
    parameters,
  },
  ({ signal: { decimals } }, { severity, steps }) => {
    let digits = 1;
    for (let i = 0; i < decimals; i++) digits *= 10;
    const step = Math.max(1, Math.round(severity * steps));
    return {
      parameters: ["quantisation", step],
      stage: STAGE.conversion,
      publish: (value) => (Math.round((value * digits) / step) * step) / digits,
    };
  },
);
