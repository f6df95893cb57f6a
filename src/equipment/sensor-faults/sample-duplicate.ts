import { z } from "zod";
import { feedFault, feedParameters } from "../feed-fault.ts";

const parameters = z.strictObject({
  ...feedParameters.shape,
  ratio: z.number().gt(0).max(1).default(0.01).describe("share of the ticks at severity 1"),
});

export const sampleDuplicate = feedFault(
  {
    id: "sample-duplicate",
    title: "Duplicate samples",
    description: "A share of the samples is told twice to whoever follows a group, as a re-send does.",
    parameters,
  },
  ({ key }, { severity, ratio }) => ({
    parameters: ["duplicate", severity * ratio],
    repeats: (tick) => key.uniform(tick) < severity * ratio,
  }),
);
