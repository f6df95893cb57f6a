import { STAGE } from "../../signal/sensor.ts";
import type { MeasuringPoint } from "../sensors.ts";
import { sensorFault, sensorParameters } from "../sensor-fault.ts";

interface Conversion {
  readonly into: string;
  readonly gain: number;
  readonly offset: number;
}

/** By UNECE code, what people take each for; exact factors where there are any (NIST SP 811). */
const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  BAR: { into: "psi", gain: 14.503773773020923, offset: 0 },
  CEL: { into: "°F", gain: 1.8, offset: 32 },
  MMT: { into: "in", gain: 1 / 25.4, offset: 0 },
  H81: { into: "in/min", gain: 1 / 25.4, offset: 0 },
  C16: { into: "in/s", gain: 1 / 25.4, offset: 0 },
  "4H": { into: "thou", gain: 1 / 25.4, offset: 0 },
  KWT: { into: "hp", gain: 1.3410220895950279, offset: 0 },
  KWH: { into: "MJ", gain: 3.6, offset: 0 },
  P1: { into: "a share of 1", gain: 0.01, offset: 0 },
};

const conversionOf = ({ signal }: MeasuringPoint): Conversion | undefined =>
  signal.unit && CONVERSIONS[signal.unit.code];

/** Number and unit do not belong together; what is published still names the old one. */
export const unitSwap = sensorFault(
  {
    id: "unit-swap",
    title: "Wrong unit of measure",
    description: "A value comes in another unit than it says: psi for bar, °F for °C; its status stays Good.",
    parameters: sensorParameters,
    moves: (_given, point) => (conversionOf(point)!.gain < 1 ? "down" : "up"),
    objection: ({ signal }, point, sensors) => {
      if (conversionOf(point)) return undefined;
      const what = `"${signal}" is in ${point.signal.unit?.name ?? "no unit"}, which nobody takes for another`;
      const known = sensors.points.filter(conversionOf).map((it) => it.signal.id);
      return { parameter: "signal", what, word: signal, known };
    },
  },
  (point) => {
    const { into, gain, offset } = conversionOf(point)!;
    return {
      parameters: ["unit", into],
      stage: STAGE.sensing,
      line: { gain, offset },
      // It is no matter of the instrument: 87 psi are shown as 87 bar.
      isBeyondRange: true,
    };
  },
);
