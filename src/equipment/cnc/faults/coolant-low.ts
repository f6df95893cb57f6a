import { faultParameters, pushing, type FaultKind } from "../../fault-kind.ts";
import type { CncMachine } from "../cnc-machine.ts";

export const coolantLow: FaultKind<CncMachine> = {
  id: "coolant-low",
  title: "Coolant low",
  description: "The tank leaks and the filter clogs: level and pressure fall, tools wear half as fast again.",
  raises: ["coolant-pressure-low", "coolant-level-low"],
  parameters: faultParameters,
  onset_s: 60,
  reliability: { shape: 3, scale_h: 250, warning: 0.1, repair: { median_h: 0.3, logDeviation: 0.5 } },
  begin: ({ auxiliaries, model }, { severity }) =>
    pushing(severity, [
      [auxiliaries.coolantPressure.disturbance, -0.8 * model.coolant.pressure_bar],
      [auxiliaries.coolantLevel.leak, 120],
    ]),
};
