import { faultParameters, pushing, type FaultKind } from "../../fault-kind.ts";
import type { CncMachine } from "../cnc-machine.ts";

export const encoderFault: FaultKind<CncMachine> = {
  id: "encoder-fault",
  title: "Encoder fault",
  description: "The signal of an encoder breaks down: its axis seems to jump, and the drives go off.",
  raises: ["encoder-fault"],
  parameters: faultParameters,
  onset_s: 0,
  reliability: { shape: 0.8, scale_h: 13_000, warning: 0, repair: { median_h: 4, logDeviation: 1 } },
  begin: ({ auxiliaries, machining }, { severity }) =>
    pushing(severity, [
      [auxiliaries.encoderSignal.disturbance, -75],
      [machining.axis("z").excess, 60],
    ]),
};
