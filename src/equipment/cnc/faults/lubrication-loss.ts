import { faultParameters, pushing, type FaultKind } from "../../fault-kind.ts";
import type { CncMachine } from "../cnc-machine.ts";

export const lubricationLoss: FaultKind<CncMachine> = {
  id: "lubrication-loss",
  title: "Lubrication fault",
  description:
    "Lubrication strokes do not reach their pressure; the friction of the guides rises a little later.",
  raises: ["lubrication-fault"],
  parameters: faultParameters,
  onset_s: 30,
  reliability: { shape: 1.2, scale_h: 7700, warning: 0.02, repair: { median_h: 1.5, logDeviation: 0.8 } },
  begin: ({ auxiliaries, machining }, { severity }) =>
    pushing(severity, [
      [auxiliaries.lubricationPressure.disturbance, -12],
      ...machining.axes.map((axis) => [axis.wear, 0.05] as const),
    ]),
};
