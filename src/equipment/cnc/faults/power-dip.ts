import { faultParameters, pushing, type FaultKind } from "../../fault-kind.ts";
import { DC_LINK_V } from "../auxiliaries.ts";
import type { CncMachine } from "../cnc-machine.ts";

/**
 * Of the plant's mains: a scenario that means that injects it into all machines at once, for some tenths of a second.
 * It comes by itself to no machine alone.
 */
export const powerDip: FaultKind<CncMachine> = {
  id: "power-dip",
  title: "Power dip",
  description: "The mains dip: the drives' supply sinks, and below three quarters of it they switch off.",
  raises: ["drives-undervoltage"],
  parameters: faultParameters,
  onset_s: 0,
  reliability: undefined,
  begin: ({ auxiliaries }, { severity }) =>
    pushing(severity, [[auxiliaries.dcLink.disturbance, -0.6 * DC_LINK_V]]),
};
