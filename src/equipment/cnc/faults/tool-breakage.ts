import type { CncMachine } from "../cnc-machine.ts";
import { faultParameters, type FaultKind } from "../../fault-kind.ts";

/** How long a tool jams before it breaks. */
const JAM_S = 1.2;

/** The load jumps for one to three samples of a control, then the stump cuts air. */
export const toolBreakage: FaultKind<CncMachine> = {
  id: "tool-breakage",
  title: "Tool breakage",
  description:
    "The tool in the cut jams and breaks: the load jumps, then falls below normal; the part is scrap.",
  raises: ["tool-breakage"],
  parameters: faultParameters,
  onset_s: 0,
  // A tool in 150 lives breaks; with lives of half an hour in the cut, that is about once in 150 hours of operation.
  reliability: { shape: 1, scale_h: 150, warning: 0, repair: { median_h: 0.2, logDeviation: 0.6 } },
  begin: ({ machining, context }) => {
    let cleared = false;
    const breakOff = (): void => {
      if (!cleared) machining.breakTool(false);
    };
    const jam = (): void => {
      if (cleared) return;
      // A tool breaks in the cut and nowhere else.
      if (!machining.cutting) return void context.simulation.schedule({ fire: jam }, 1);
      machining.breakTool(true);
      context.simulation.schedule({ fire: breakOff }, JAM_S);
    };
    return { setLevel: jam, clear: () => (cleared = true) };
  },
};
