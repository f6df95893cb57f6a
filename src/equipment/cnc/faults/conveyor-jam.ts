import { faultParameters, pushing, type FaultKind } from "../../fault-kind.ts";
import type { CncMachine } from "../cnc-machine.ts";

export const conveyorJam: FaultKind<CncMachine> = {
  id: "conveyor-jam",
  title: "Chip conveyor jam",
  description:
    "Chips jam the conveyor: its motor takes three times its current, and the machine stops after the part.",
  raises: ["conveyor-overload"],
  parameters: faultParameters,
  onset_s: 5,
  reliability: { shape: 1, scale_h: 2500, warning: 0, repair: { median_h: 0.3, logDeviation: 0.7 } },
  begin: ({ auxiliaries }, { severity }) =>
    pushing(severity, [[auxiliaries.conveyorCurrent.disturbance, 70]]),
};
