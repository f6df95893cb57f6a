import { faultParameters, pushing, type FaultKind } from "../../fault-kind.ts";
import type { CncMachine } from "../cnc-machine.ts";

export const spindleBearingWear: FaultKind<CncMachine> = {
  id: "spindle-bearing-wear",
  title: "Spindle bearing wear",
  description: "The front bearing runs rough and warm: vibration, temperature and idle power rise.",
  raises: ["vibration-high", "spindle-temperature-high"],
  parameters: faultParameters,
  onset_s: 30,
  reliability: { shape: 2.5, scale_h: 18_000, warning: 0.03, repair: { median_h: 30, logDeviation: 0.6 } },
  begin: ({ machining: { spindle } }, { severity }) =>
    pushing(severity, [
      [spindle.roughness, 9],
      [spindle.heat, 38],
      [spindle.friction, 0.15],
    ]),
};
