import type { Document } from "yaml";
import type { Command } from "../../src/protocol/port.ts";
import {
  cuttingPower_kw,
  idle_kw,
  programText,
  spindleText,
  type MillingText,
  type ProgramText,
} from "./expectation.ts";
import { libraryWith, type Variant } from "./library.ts";
import { progress } from "./progress.ts";
import { respond, type Response, type Setting } from "./response.ts";
import { inside, near, type FidelityRow } from "./table.ts";

export const MODEL = "cnc/vmc-3axis-15kw";
export const PROGRAM = "programs/housing-steel";
/** Nobody is missing, nothing is set up, nothing fails: what an experiment changes is all that changes. */
export const ALWAYS = "operations/continuous";
/** Which of the program's operations is looked at: the longest in the cut. */
export const OPERATION = 1;
const SPAN_S = 2400;
const MACHINES = 3;

export const KIENZLE = "Kienzle, integrated over the arc of engagement";
export const spindle = spindleText(MODEL);

/** What an experiment is held against: the same machines, the same seed, nothing changed. */
export interface Baseline {
  readonly setting: Setting;
  readonly response: Response;
  readonly program: ProgramText;
  readonly operation: MillingText;
  readonly seed: number;
}

export const edited = (reference: string, from: string, edit: (document: Document) => void): Variant => ({
  reference,
  from,
  edit,
});

/** @param variants  that experiments will want beside the library's files */
export function measureBaseline(variants: readonly Variant[], seed: number): Baseline {
  progress("experiments: baseline");
  const program = programText(PROGRAM);
  const operation = program.operations[OPERATION]!;
  const catalog = libraryWith(variants);
  const tool = String(operation.tool);
  const setting = { catalog, model: MODEL, program: PROGRAM, operation: ALWAYS, tool, span_s: SPAN_S };
  return { setting, response: respond(setting, MACHINES, seed), program, operation, seed };
}

/** The baseline's machines with one thing changed. */
export function experiment(base: Baseline, what: string, change: Partial<Setting>): Response {
  progress(`experiments: ${what}`);
  return respond({ ...base.setting, ...change }, MACHINES, base.seed);
}

export function withFault(base: Baseline, fault: string, severity: number): Response {
  const inject: Command = { name: "inject-fault", arguments: { fault, id: "experiment", severity } };
  return experiment(base, fault, { commands: [inject] });
}

/** What the cut takes, at the drive's input. */
export const cutOf = ({ operation }: Baseline, { power_kw }: Response): number =>
  power_kw - idle_kw(spindle, operation.spindle_rpm);

/** The same at equal wear: another material or feed also wears the tool at another rate. */
export const sharpCutOf = (base: Baseline, response: Response): number =>
  cutOf(base, response) / response.toolLoad;

/** What the whole load does when the cut's power at equal wear is multiplied. */
export function loadFactor(base: Baseline, changed: Response, factor: number): number {
  const cut_kw = cutOf(base, base.response);
  const lost_kw = idle_kw(spindle, base.operation.spindle_rpm);
  const wear = changed.toolLoad / base.response.toolLoad;
  return (lost_kw + factor * wear * cut_kw) / (lost_kw + cut_kw);
}

/** Rows of one experiment: figures over those of the baseline. */
export class Ratios {
  readonly rows: FidelityRow[] = [];
  readonly #id: string;
  readonly #what: string;

  constructor(id: string, what: string) {
    this.#id = id;
    this.#what = what;
  }

  /** Expected to be a number, within a share of it. */
  near(what: string, value: number, expected: number, share: number, source: string): this {
    const head = { id: this.#id, what: `${this.#what}: ${what}`, value, source };
    this.rows.push(near(head, Number(expected.toFixed(3)), Number((expected * share).toFixed(3))));
    return this;
  }

  /** Expected between two numbers, where sources differ or the baseline's state matters. */
  between(what: string, value: number, low: number, high: number, source: string): this {
    const head = { id: this.#id, what: `${this.#what}: ${what}`, value, source };
    this.rows.push(inside(head, Number(low.toFixed(3)), Number(high.toFixed(3))));
    return this;
  }
}

/** The baseline itself, in absolute terms. */
export function baselineRows(base: Baseline): FidelityRow[] {
  const { operation, program, response } = base;
  const { power_kw, load, toolLoad } = response;
  const sharp_kw = cuttingPower_kw(program, operation) / spindle.efficiency;
  const shown = load / 100 / (power_kw / spindle.powerContinuous_kw);
  return new Ratios("E0", "baseline")
    .near(
      "power of the cut over Kienzle's for a sharp tool and the tool load shown",
      sharpCutOf(base, response) / sharp_kw,
      1,
      0.05,
      KIENZLE,
    )
    .between("tool load shown", toolLoad, 1, 1.27, "1 + 0.88/mm × 0 to 0.3 mm of flank wear")
    .near("spindle load over power / continuous power", shown, 1, 0.02, "what the display means").rows;
}
