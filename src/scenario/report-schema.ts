import { z } from "zod";

const file = z.string().min(1);

/** Files that a run leaves, as a scenario names them; folders that are missing are made. */
export const reportSchema = z.strictObject({
  junit: file
    .meta({ examples: ["out/junit.xml"] })
    .optional()
    .describe("JUnit XML, for GitHub, GitLab and Jenkins; from the working folder, as all of these"),
  json: file
    .meta({ examples: ["out/result.json"] })
    .optional()
    .describe("the whole result, as `taktwerk schema result` describes it"),
  html: file
    .meta({ examples: ["out/report.html"] })
    .optional()
    .describe("one page for people, which needs nothing beside it"),
  signals: z
    .array(z.string().min(1))
    .min(1)
    .max(8)
    .meta({ examples: [["spindle-load", "coolant-pressure"]] })
    .optional()
    .describe("signals that the page draws, of up to 8 units each (default: those that failed checks read)"),
});

export type ReportSettings = z.infer<typeof reportSchema>;
