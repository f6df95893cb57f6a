import { faultParameters, pushing, type FaultKind } from "../../fault-kind.ts";
import type { CncMachine } from "../cnc-machine.ts";

/** Blunt edges: what use wears off anyway, at once; at full severity all edges are at the limit of flank wear. */
export const toolWear: FaultKind<CncMachine> = {
  id: "tool-wear",
  title: "Tool wear",
  description: "All edges are blunt at once: forces, vibration and deviation of the parts rise.",
  raises: [],
  parameters: faultParameters,
  onset_s: 0,
  reliability: undefined,
  begin: ({ machining }, { severity }) =>
    pushing(
      severity,
      [...machining.magazine.values()].map((tool) => [tool.blunting, 1]),
    ),
};
