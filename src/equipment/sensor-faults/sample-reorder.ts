import { z } from "zod";
import { feedFault, feedParameters } from "../feed-fault.ts";

const parameters = z.strictObject({
  ...feedParameters.shape,
  ratio: z.number().gt(0).max(1).default(0.01).describe("share of the ticks at severity 1"),
});

/** Ticks 2k and 2k + 1 change places: the first is told right after the second. */
export const sampleReorder = feedFault(
  {
    id: "sample-reorder",
    title: "Samples out of order",
    description: "A share of the samples is told to whoever follows a group after the one that comes next.",
    parameters,
  },
  ({ key }, { severity, ratio }) => ({
    parameters: ["reorder", severity * ratio],
    swaps: (tick) => key.uniform(tick) < severity * ratio,
  }),
);
