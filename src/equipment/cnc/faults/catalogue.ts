import type { FaultKind } from "../../fault-kind.ts";
import type { CncMachine } from "../cnc-machine.ts";
import { airDip } from "./air-dip.ts";
import { changerJam } from "./changer-jam.ts";
import { chillerFailure } from "./chiller-failure.ts";
import { clampLeak } from "./clamp-leak.ts";
import { conveyorJam } from "./conveyor-jam.ts";
import { coolantLow } from "./coolant-low.ts";
import { encoderFault } from "./encoder-fault.ts";
import { guideWear } from "./guide-wear.ts";
import { lubricationLoss } from "./lubrication-loss.ts";
import { partMisload } from "./part-misload.ts";
import { powerDip } from "./power-dip.ts";
import { servoOverload } from "./servo-overload.ts";
import { spindleBearingWear } from "./spindle-bearing-wear.ts";
import { toolBreakage } from "./tool-breakage.ts";
import { toolWear } from "./tool-wear.ts";

/**
 * What can go wrong with a CNC machine. Shapes and repair times are those of field studies; characteristic lives are
 * stretched so that all that stops a machine, tools and micro-stops aside, comes once in 600 to 1300 operating hours.
 */
export const CNC_FAULTS: readonly FaultKind<CncMachine>[] = [
  toolWear,
  toolBreakage,
  spindleBearingWear,
  servoOverload,
  guideWear,
  changerJam,
  coolantLow,
  conveyorJam,
  clampLeak,
  airDip,
  lubricationLoss,
  encoderFault,
  chillerFailure,
  partMisload,
  powerDip,
];
