import { z } from "zod";
import { faultParameters, pushing, type FaultKind } from "../../fault-kind.ts";
import type { CncMachine } from "../cnc-machine.ts";

const parameters = z.strictObject({
  ...faultParameters.shape,
  axis: z.enum(["x", "y", "z"]).default("x").describe("the axis that is hit"),
});

export const servoOverload: FaultKind<CncMachine> = {
  id: "servo-overload",
  title: "Servo overload",
  description: "An axis runs into something: it falls behind its command, and its drive pushes in vain.",
  raises: ["x-excess-error", "y-excess-error", "z-excess-error"],
  parameters,
  onset_s: 0.5,
  reliability: { shape: 1, scale_h: 5500, warning: 0, repair: { median_h: 1, logDeviation: 1 } },
  begin: ({ machining }, given) => {
    const axis = machining.axis(parameters.parse(given).axis);
    return pushing(given.severity, [
      [axis.excess, 2500],
      [axis.wear, 8],
    ]);
  },
};
