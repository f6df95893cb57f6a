import { z } from "zod";
import { faultParameters, pushing, type FaultKind } from "../../fault-kind.ts";
import type { CncMachine } from "../cnc-machine.ts";

const parameters = z.strictObject({
  ...faultParameters.shape,
  axis: z.enum(["x", "y", "z"]).default("y").describe("the axis that is worn"),
});

export const guideWear: FaultKind<CncMachine> = {
  id: "guide-wear",
  title: "Ball screw and guide wear",
  description: "Guides and screw of an axis wear: its load rises, backlash moves the parts' dimension.",
  raises: ["x-axis-load", "y-axis-load", "z-axis-load"],
  parameters,
  onset_s: 60,
  reliability: { shape: 2.5, scale_h: 22_000, warning: 0.1, repair: { median_h: 16, logDeviation: 0.5 } },
  begin: ({ machining }, given) => {
    const axis = machining.axis(parameters.parse(given).axis);
    return pushing(given.severity, [[axis.wear, 1]]);
  },
};
