import { spawn } from "node:child_process";
import { environmentWith } from "./endpoints-file.ts";
import { endWithProcess, killGroup } from "./orphans.ts";
import { checkOfAction, type RunAction } from "../scenario/run-action-plan.ts";
import type { TimelineEntry } from "../scenario/unit-timeline.ts";
import { sumTallies, type CheckTally } from "../scenario/verdict.ts";

/** Why a command was not done that ran when the run ended. */
export const CUT_SHORT = "the run was over before it had ended";

/** An action that still has to come. */
interface Due {
  readonly action: RunAction;
  time_s: number;
}

interface CommandEnd {
  /** What went wrong; "" when nothing did */
  readonly reason: string;
  /** Null unless it ended by itself */
  readonly code: number | null;
}

/** What the scenario does to the whole run, in one of its hosts, when plant time has come to it. */
export class RunActions {
  readonly #due: Due[];
  readonly #isFirst: boolean;
  readonly #setSpeed: (speed: number) => void;
  readonly #log: (line: string) => void;
  readonly #entries: TimelineEntry[] = [];
  /** By id, of commands that are checks; windows that were judged, and how often they were opened */
  readonly #judged = new Map<string, CheckTally>();
  readonly #running = new Set<Promise<void>>();
  readonly #halted = new AbortController();
  /** What commands are told of the run */
  endpointsFile: string | undefined;

  /**
   * @param isFirst   whether it is the host that carries out commands; speeds change in each of them
   * @param setSpeed  called between two steps of the pacer
   */
  constructor(
    actions: readonly RunAction[],
    isFirst: boolean,
    setSpeed: (speed: number) => void,
    log: (line: string) => void,
  ) {
    const own = actions.filter(({ what }) => isFirst || what.kind === "speed");
    for (const { id, what } of actions) {
      if (what.kind === "run" && what.isJudged) this.#judged.set(id, sumTallies(checkOfAction(id), []));
    }
    this.#due = own.map((action) => ({ action, time_s: action.at_s }));
    this.#isFirst = isFirst;
    this.#setSpeed = setSpeed;
    this.#log = log;
  }

  /** Plant time of the next one; Infinity for never. */
  get next_s(): number {
    return Math.min(Infinity, ...this.#due.map(({ time_s }) => time_s));
  }

  advance(until_s: number): void {
    for (const due of this.#due) {
      while (due.time_s <= until_s && due.time_s < Infinity) {
        this.#perform(due.action, due.time_s);
        due.time_s += due.action.every_s ?? Infinity;
      }
    }
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** Ends what still runs. @returns what was done, and what was not */
  async finish(): Promise<readonly TimelineEntry[]> {
    this.#due.length = 0;
    this.#halted.abort();
    await this.idle();
    return this.#entries;
  }

  /** Those of all hosts have the same order; commands run on the first. */
  get tallies(): readonly CheckTally[] {
    return [...this.#judged.values()];
  }

  #perform({ id, what }: RunAction, time_s: number): void {
    const note = (reason: string): void => {
      const said = what.kind === "speed" ? `speed ${what.speed}` : what.command;
      this.#entries.push({ unit: "", id, time_s, what: said, done: reason === "", reason });
    };
    if (what.kind === "speed") {
      // The pacer is in the middle of a step.
      setImmediate(() => this.#setSpeed(what.speed));
      if (this.#isFirst) note("");
      return;
    }
    this.#log(`action ${id}: ${what.command}`);
    const running = this.#run(what.command, what.within_s).then(({ reason, code }) => {
      const isVerdict = what.isJudged && (code === 0 || code === 1);
      if (what.isJudged) this.#judge(id, time_s, isVerdict ? code : undefined);
      note(isVerdict ? "" : reason);
    });
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
  }

  /** @param code  undefined when it says nothing */
  #judge(id: string, time_s: number, code: 0 | 1 | undefined): void {
    const evidence = { unit: id, time_s, from_s: time_s, why: "it ended with code 1", saw: {}, events: [] };
    const tally: CheckTally = {
      ...{ name: checkOfAction(id), units: 0, opened: 1 },
      ...{ judged: code === undefined ? 0 : 1, failed: code ?? 0, evidence: code === 1 ? [evidence] : [] },
    };
    this.#judged.set(id, sumTallies(tally.name, [this.#judged.get(id)!, tally]));
  }

  #run(command: string, within_s: number): Promise<CommandEnd> {
    return new Promise((resolve) => {
      const env = environmentWith(this.endpointsFile);
      const child = spawn(command, { shell: true, detached: true, stdio: "ignore", env });
      let why = "";
      const kill = (reason: string): void => {
        why = reason;
        killGroup(child.pid, "SIGKILL");
      };
      const release = endWithProcess(() => killGroup(child.pid, "SIGKILL"));
      const timer = setTimeout(() => kill(`it took longer than ${within_s} s`), within_s * 1000);
      const onHalt = (): void => kill(CUT_SHORT);
      this.#halted.signal.addEventListener("abort", onHalt);
      const end = (reason: string, code: number | null = null): void => {
        clearTimeout(timer);
        release();
        this.#halted.signal.removeEventListener("abort", onHalt);
        resolve(why === "" ? { reason, code } : { reason: why, code: null });
      };
      child.once("error", (error) => end(`it could not be started: ${error.message}`));
      child.once("exit", (code, signal) =>
        end(code === 0 ? "" : `it ended with ${signal ?? `code ${code}`}`, code),
      );
    });
  }
}
