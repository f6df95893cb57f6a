import { faultParameters, pushing, type FaultKind } from "../../fault-kind.ts";
import type { CncMachine } from "../cnc-machine.ts";

export const clampLeak: FaultKind<CncMachine> = {
  id: "clamp-leak",
  title: "Hydraulic clamping leak",
  description: "The clamping loses pressure, until the part is not held safely any more.",
  raises: ["clamp-pressure-low"],
  parameters: faultParameters,
  onset_s: 60,
  reliability: { shape: 1.3, scale_h: 9900, warning: 0.05, repair: { median_h: 2, logDeviation: 0.8 } },
  begin: ({ auxiliaries }, { severity }) =>
    pushing(severity, [[auxiliaries.hydraulicPressure.disturbance, -30]]),
};
