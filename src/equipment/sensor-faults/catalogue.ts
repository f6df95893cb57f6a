import type { FaultKind } from "../fault-kind.ts";
import type { Instrumented } from "../sensor-fault.ts";
import { clockSkew } from "./clock-skew.ts";
import { labelSwap } from "./label-swap.ts";
import { sampleDuplicate } from "./sample-duplicate.ts";
import { sampleReorder } from "./sample-reorder.ts";
import { sensorBias } from "./sensor-bias.ts";
import { sensorDelay } from "./sensor-delay.ts";
import { sensorDrift } from "./sensor-drift.ts";
import { sensorDropout } from "./sensor-dropout.ts";
import { sensorGain } from "./sensor-gain.ts";
import { sensorNoise } from "./sensor-noise.ts";
import { sensorQuantisation } from "./sensor-quantisation.ts";
import { sensorRail } from "./sensor-rail.ts";
import { sensorSpike } from "./sensor-spike.ts";
import { sensorStuck } from "./sensor-stuck.ts";
import { unitSwap } from "./unit-swap.ts";

/** What can be wrong with what any equipment measures and tells, while the process itself is as it is. */
export const SENSOR_FAULTS: readonly FaultKind<Instrumented>[] = [
  sensorStuck,
  sensorRail,
  sensorBias,
  sensorDrift,
  sensorGain,
  sensorSpike,
  sensorNoise,
  sensorDropout,
  sensorQuantisation,
  sensorDelay,
  clockSkew,
  sampleDuplicate,
  sampleReorder,
  unitSwap,
  labelSwap,
];
