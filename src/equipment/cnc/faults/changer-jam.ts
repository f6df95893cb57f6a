import { faultParameters, pushing, type FaultKind } from "../../fault-kind.ts";
import type { CncMachine } from "../cnc-machine.ts";

export const changerJam: FaultKind<CncMachine> = {
  id: "changer-jam",
  title: "Tool changer jam",
  description: "Tool changes take longer, until the arm does not reach its position in time.",
  raises: ["changer-fault"],
  parameters: faultParameters,
  onset_s: 0,
  reliability: { shape: 1, scale_h: 4800, warning: 0.01, repair: { median_h: 0.8, logDeviation: 0.9 } },
  begin: ({ machining }, { severity }) => pushing(severity, [[machining.changerDelay, 20]]),
};
