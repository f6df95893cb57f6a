import { z } from "zod";
import { log } from "../../engine/math.ts";
import type { Body } from "../../engine/process.ts";
import { STAGE, type SensorFault } from "../../signal/sensor.ts";
import { sample } from "../../signal/signal.ts";
import { changingSensor, sensorParameters, type Onset } from "../sensor-fault.ts";

/** OPC UA Part 4 and Part 8. */
const STATUS = { uncertain: 0x40900000, bad: 0x80310000 } as const;

const parameters = z.strictObject({
  ...sensorParameters.shape,
  quality: z
    .enum(["uncertain", "bad"])
    .default("uncertain")
    .describe("UncertainLastUsableValue with the last value, or BadNoCommunication without one"),
  samples: z.number().min(1).max(1000).default(10).describe("mean length of a burst at severity 1, samples"),
  gap: z.number().min(1).max(100_000).default(100).describe("samples between two bursts, on average"),
});

/**
 * A sensor that answers and does not, in turn: bursts and gaps have geometric lengths, a Markov chain with two states.
 * Each begins between two ticks, so that a tick is of one of them. Limits go on watching what is measured.
 */
export const sensorDropout = changingSensor(
  {
    id: "sensor-dropout",
    title: "Sensor that drops out",
    description:
      "Samples fail in bursts: the last usable value stands in with status Uncertain, or it is Bad.",
    parameters,
  },
  (onset, { severity, quality, samples, gap }) => {
    const { context, signal } = onset;
    const end = { isOver: false, fault: undefined as SensorFault | undefined };
    const restore = (): void => {
      if (end.fault) context.sensors.restore(signal.id, end.fault);
    };
    const lengths = onset.key.stream();
    const body = function* (): Body {
      for (let tick = onset.poll.lastTick(context.now_s); ;) {
        tick += geometric(gap, lengths.uniform());
        yield between(onset, tick) - context.now_s;
        if (end.isOver) return;
        end.fault = holding(onset, tick, STATUS[quality]);
        context.sensors.falsify(signal.id, end.fault);
        tick += geometric(Math.max(1, severity * samples), lengths.uniform());
        yield between(onset, tick) - context.now_s;
        restore();
        if (end.isOver) return;
      }
    };
    context.simulation.process(`${context.name}: ${signal.id} drops out`, body());
    return () => {
      end.isOver = true;
      restore();
    };
  },
);

/** From a tick's value on, nothing new. */
function holding({ signal, poll }: Onset, tick: number, status: number): SensorFault {
  const held = Number(sample(signal, poll.timeOf(tick), tick));
  return {
    parameters: ["dropout", held, status],
    stage: STAGE.transmission,
    publish: () => held,
    status,
    // What is held has been within what bounds it.
    isBeyondRange: true,
  };
}

/** Half way from a tick to the next. */
const between = ({ poll }: Onset, tick: number): number =>
  (poll.timeOf(Math.max(tick, 0)) + poll.timeOf(Math.max(tick, 0) + 1)) / 2;

/** Number of trials to the first success, with that mean, at least 1. */
function geometric(mean: number, uniform: number): number {
  return mean <= 1 ? 1 : 1 + Math.floor(log(uniform) / log(1 - 1 / mean));
}
