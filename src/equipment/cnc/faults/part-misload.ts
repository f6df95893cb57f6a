import { faultParameters, pushing, type FaultKind } from "../../fault-kind.ts";
import type { CncMachine } from "../cnc-machine.ts";

export const partMisload: FaultKind<CncMachine> = {
  id: "part-misload",
  title: "Part mis-load",
  description: "A part does not sit: air gauging sees the gap, and somebody has to seat it again.",
  raises: ["part-not-seated"],
  parameters: faultParameters,
  onset_s: 0,
  reliability: { shape: 1, scale_h: 40, warning: 0, repair: { median_h: 0.05, logDeviation: 0.8 } },
  begin: ({ auxiliaries, quality }, { severity }) =>
    pushing(severity, [
      [auxiliaries.seatGap.disturbance, 180],
      [quality.displacement, 40],
    ]),
};
