import { z } from "zod";
import type { Influence } from "./influence.ts";

/** When it comes by itself: Weibull over operating hours; a shape above 1 wears out, below 1 fails early. */
export interface Reliability {
  readonly shape: number;
  readonly scale_h: number;
  /** Share of the life over which it shows before it is there in full: the P-F interval; 0 for one that comes at once. */
  readonly warning: number;
  /** Lognormal time to repair. */
  readonly repair: { readonly median_h: number; readonly logDeviation: number };
}

/** What one occurrence of a fault does to its machine. */
export interface FaultEffect {
  /** @param level  0 nothing, 1 in full; it grows while the fault sets in */
  setLevel(level: number): void;
  /** Takes the injected cause back. What has worn meanwhile stays worn. */
  clear(): void;
}

/** What every injection can say; kinds add their own. */
export const faultParameters = z.strictObject({
  severity: z.number().gt(0).max(1).default(1).describe("how bad it is in full: above 0, to 1"),
});

/** What an occurrence says of itself: its severity, and what its kind adds. */
export interface FaultParameters {
  readonly severity: number;
  readonly [name: string]: number | string | boolean | undefined;
}

/** Why an occurrence cannot be on a machine, although its parameters are of their types. */
export interface Objection {
  /** Which of them. */
  readonly parameter: string;
  /** What is wrong, with the offending value; no full stop. */
  readonly what: string;
  /** The offending word, and those that would be right. */
  readonly word: string;
  readonly known: readonly string[];
}

/** Ground truth of one occurrence: conditions that it may raise, and those that it may keep from being raised. */
export interface Outcome {
  readonly raises: readonly string[];
  readonly masks: readonly string[];
}

/**
 * A kind of fault of a machine M. It changes causes (friction, heat, leaks) and never a condition: alarms follow from
 * what the control measures.
 */
export interface FaultKind<M> {
  /** Kebab-case: "spindle-bearing-wear" */
  readonly id: string;
  readonly title: string;
  /** One sentence: what happens, and what shows it. */
  readonly description: string;
  /** Ids of the conditions that it raises when it is bad enough: the ground truth of an injection. */
  readonly raises: readonly string[];
  readonly parameters: z.ZodType<FaultParameters>;
  /** Over which time an injected one sets in, seconds. */
  readonly onset_s: number;
  /** Undefined for one that does not come by itself. */
  readonly reliability: Reliability | undefined;
  /** What speaks against it on this machine; left out by a kind that fits every one. */
  objection?(machine: M, parameters: FaultParameters): Objection | undefined;
  /** What it may come to on this machine; left out where that is `raises`. */
  outcome?(machine: M, parameters: FaultParameters): Outcome;
  /** @param occurrence  its id, unique among those that are there */
  begin(machine: M, parameters: FaultParameters, occurrence: string): FaultEffect;
}

/** An influence, and what a fault adds to it at full severity. */
export type Push = readonly [influence: Influence, amount: number];

/** The effect of most faults: each influence is pushed in proportion to level and severity. */
export function pushing(severity: number, pushes: readonly Push[]): FaultEffect {
  const by = {};
  const setLevel = (level: number): void => {
    for (const [influence, amount] of pushes) influence.set(by, amount * severity * level);
  };
  return { setLevel, clear: () => setLevel(0) };
}
