import { faultParameters, pushing, type FaultKind } from "../../fault-kind.ts";
import type { CncMachine } from "../cnc-machine.ts";

export const chillerFailure: FaultKind<CncMachine> = {
  id: "chiller-failure",
  title: "Chiller failure",
  description:
    "The spindle is not chilled any more: it grows twice as much, and the parts' dimension follows.",
  raises: ["chiller-fault"],
  parameters: faultParameters,
  onset_s: 10,
  reliability: { shape: 1.2, scale_h: 20_000, warning: 0, repair: { median_h: 4, logDeviation: 0.8 } },
  begin: ({ auxiliaries, machining: { spindle } }, { severity }) =>
    pushing(severity, [
      [auxiliaries.chillerTemperature.disturbance, 14],
      [spindle.warmth, 1],
      [spindle.heat, 10],
    ]),
};
