import { z } from "zod";
import { STAGE } from "../../signal/sensor.ts";
import { sensorFault, sensorParameters } from "../sensor-fault.ts";

/** OPC UA Part 8. */
const BAD_SENSOR_FAILURE = 0x808c0000;

const parameters = z.strictObject({
  ...sensorParameters.shape,
  end: z.enum(["high", "low"]).default("high").describe("the end of its range at which it stands"),
});

/** An open Pt100 reads full scale; a loop of 4 to 20 mA reads below its range. */
export const sensorRail = sensorFault(
  {
    id: "sensor-rail",
    title: "Broken wire",
    description:
      "A sensor's wire is broken: it reads an end of its range, and its status is BadSensorFailure.",
    parameters,
    moves: ({ end }) => (end === "high" ? "up" : "down"),
  },
  ({ signal: { range } }, { end }) => ({
    parameters: ["rail", end],
    stage: STAGE.sensing,
    line: { gain: 0, offset: range[end] },
    status: BAD_SENSOR_FAILURE,
  }),
);
