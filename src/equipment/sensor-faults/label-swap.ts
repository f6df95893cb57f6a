import { z } from "zod";
import { STAGE, type SensorFault } from "../../signal/sensor.ts";
import type { FaultKind } from "../fault-kind.ts";
import {
  changingSensor,
  consequences,
  noPoint,
  numberId,
  sensorParameters,
  type Instrumented,
} from "../sensor-fault.ts";
import type { MeasuringPoint } from "../sensors.ts";

const parameters = z.strictObject({
  ...sensorParameters.shape,
  other: numberId("other").describe("id of the number with which it has changed places"),
});

const kind = changingSensor(
  {
    id: "label-swap",
    title: "Swapped signals",
    description: "Two numbers of a unit have changed places: each is published under the other's name.",
    parameters,
  },
  ({ signal, context: { sensors } }, { other }) => {
    const swapped: readonly (readonly [string, SensorFault])[] = [
      [signal.id, reading(sensors.point(other)!)],
      [other, reading({ signal, poll: sensors.point(signal.id)!.poll })],
    ];
    for (const [id, fault] of swapped) sensors.falsify(id, fault);
    return () => {
      for (const [id, fault] of swapped) sensors.restore(id, fault);
    };
  },
);

/** Channels mixed up when it was wired. Faults that one of the sensors has besides stay with the name. */
export const labelSwap: FaultKind<Instrumented> = {
  ...kind,
  objection: (machine, given) => {
    const { sensors } = machine.context;
    const { signal, other } = parameters.parse(given);
    const known = sensors.points.map((point) => point.signal.id).filter((id) => id !== signal);
    if (!sensors.point(other)) return noPoint(sensors, "other", other);
    if (other === signal)
      return { parameter: "other", what: `"${other}" cannot change places with itself`, word: other, known };
    return kind.objection!(machine, given);
  },
  outcome: ({ context: { sensors } }, given) => {
    const { signal, other } = parameters.parse(given);
    const both = [signal, other].map((id) => consequences(sensors, id, "any"));
    return { raises: both.flatMap((it) => it.raises), masks: both.flatMap((it) => it.masks) };
  },
};

const reading = ({ signal }: MeasuringPoint): SensorFault => ({
  parameters: ["label", signal.id],
  stage: STAGE.sensing,
  channel: signal,
  isBeyondRange: true,
});
