import { faultParameters, pushing, type FaultKind } from "../../fault-kind.ts";
import type { CncMachine } from "../cnc-machine.ts";

/** Of the whole plant's air: a scenario that means that injects it into all machines at once. */
export const airDip: FaultKind<CncMachine> = {
  id: "air-dip",
  title: "Air pressure dip",
  description: "The plant's compressed air breaks down within seconds.",
  raises: ["air-pressure-low"],
  parameters: faultParameters,
  onset_s: 0,
  reliability: { shape: 1, scale_h: 3300, warning: 0, repair: { median_h: 0.15, logDeviation: 0.8 } },
  begin: ({ auxiliaries }, { severity }) => pushing(severity, [[auxiliaries.airPressure.disturbance, -3]]),
};
