import { measure, STAGE } from "../../signal/sensor.ts";
import { sensorFault, sensorParameters } from "../sensor-fault.ts";

/** y = x(t0); without a digit of dither, by which a monitor knows it. */
export const sensorStuck = sensorFault(
  {
    id: "sensor-stuck",
    title: "Stuck sensor",
    description: "A sensor shows for ever what it measured last; nothing moves any more, not the last digit.",
    parameters: sensorParameters,
    moves: () => "any",
  },
  ({ signal, context, time_s }) => {
    const offset = measure(context.sensors.of(signal.id).at(time_s), signal, time_s);
    return { parameters: ["stuck", offset], stage: STAGE.sensing, line: { gain: 0, offset } };
  },
);
