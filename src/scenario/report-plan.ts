import { CodedError, suggest, type SourcePlace } from "../errors.ts";
import type { SourceDocument } from "../plant/document.ts";
import type { KnownUnit } from "./predicate-plan.ts";
import type { ReportSettings } from "./report-schema.ts";
import type { Scenario } from "./schema.ts";
import { checkOfAction } from "./run-action-plan.ts";
import { SUT_STAYED_ALIVE } from "./sut-plan.ts";
import { textOf } from "./thresholds.ts";

/** What reports of a run need to know of its scenario. */
export interface ReportPlan {
  /** Where they stand in the scenario: each check by its name, each threshold by its text. */
  readonly places: Readonly<Record<string, SourcePlace>>;
  /** Files that a run leaves, as far as the command line names no others. */
  readonly report: ReportSettings;
  /** Where those files are named. */
  readonly reportPlaces: Readonly<Partial<Record<keyof ReportSettings, SourcePlace>>>;
}

/** Holds signals that a report shall draw against what units have. */
export function planReports(
  scenario: Scenario,
  units: readonly KnownUnit[],
  document: SourceDocument,
  complain: (error: CodedError) => void,
): ReportPlan {
  const { checks = [], thresholds = [], report = {}, sut, actions = [] } = scenario;
  const numbers = units.flatMap(({ vocabulary }) =>
    vocabulary ? [...vocabulary.signals, ...vocabulary.counters, ...vocabulary.truth] : [],
  );
  const known = [...new Set(numbers)];
  for (const [i, signal] of (report.signals ?? []).entries()) {
    if (known.length === 0 || known.includes(signal)) continue;
    const what = `no unit has a number called "${signal}" that could be drawn`;
    const place = document.place(["report", "signals", i]);
    complain(new CodedError("invalid-value", what, suggest(signal, known), place));
  }
  const places = Object.fromEntries([
    ...(sut ? [[SUT_STAYED_ALIVE, document.place(["sut"])] as const] : []),
    ...actions.map(({ id }, i) => [checkOfAction(id), document.place(["actions", i])] as const),
    ...checks.map(({ name }, i) => [name, document.place(["checks", i])] as const),
    ...thresholds.map((it, i) => [textOf(it), document.place(["thresholds", i])] as const),
  ]);
  const named = Object.keys(report) as (keyof ReportSettings)[];
  const reportPlaces = Object.fromEntries(named.map((key) => [key, document.place(["report", key])]));
  return { places, report, reportPlaces };
}
