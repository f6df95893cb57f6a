import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import path from "node:path";
import { CodedError } from "../errors.ts";
import { endWithProcess, killGroup } from "./orphans.ts";
import type { SutRecord } from "./result.ts";
import type { SutPlan } from "../scenario/sut-plan.ts";

/** Lines of its output that are kept for the report. */
const LINES_KEPT = 200;
/** Between two looks at whether it is ready. */
const LOOK_EVERY_MS = 200;
/** After SIGTERM it has so long to end. */
const TERM_DEADLINE_MS = 5000;
/** Units, or what is missing of them, that a message names, and lines of its output. */
const MISSING_TOLD = 8;
const OUTPUT_TOLD = 20;
const LINE_TOLD_MAX = 200;

/** The program that a run tests: started, awaited, listened to, ended. */
export class SystemUnderTest {
  readonly #plan: SutPlan;
  readonly #log: (line: string) => void;
  readonly #lines: string[] = [];
  #child: ChildProcess | undefined;
  #ended: Promise<void> | undefined;
  #ending: string | undefined;
  #file: WriteStream | undefined;
  #release: () => void = () => undefined;

  constructor(plan: SutPlan, log: (line: string) => void) {
    this.#plan = plan;
    this.#log = log;
  }

  /** What there is to say of it, while it should run. */
  get record(): SutRecord {
    const { name, version } = this.#plan;
    return {
      name,
      ...(version === undefined ? {} : { version }),
      ...(this.#ending === undefined ? {} : { ending: this.#ending }),
      output: this.#lines,
    };
  }

  start(): void {
    const { start, name, logs, isReused } = this.#plan;
    if (start === undefined || (isReused && !process.env["CI"])) return;
    if (logs !== undefined) {
      mkdirSync(path.dirname(logs), { recursive: true });
      this.#file = createWriteStream(logs).on("error", (error) =>
        this.#log(`the log of ${name} cannot be written: ${error.message}`),
      );
    }
    this.#log(`${name}: ${start}`);
    // A group of its own, so that what a shell starts ends with it.
    const child = spawn(start, { shell: true, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    this.#release = endWithProcess(() => killGroup(child.pid, "SIGKILL"));
    child.stdout.setEncoding("utf8").on("data", (text: string) => this.#keep(text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => this.#keep(text));
    this.#ended = new Promise((resolve) => {
      child.once("error", (error) => {
        this.#ending = `could not be started: ${error.message}`;
        resolve();
      });
      child.once("exit", (code, signal) => {
        this.#ending = `ended with ${signal ?? `code ${code}`}`;
        resolve();
      });
    });
  }

  /**
   * Does what can only succeed while it runs.
   *
   * @throws CodedError `sut-not-ready` when it ends meanwhile, or what the work throws
   */
  async during<T>(work: Promise<T>, units: readonly string[]): Promise<T> {
    const ended = this.#ended?.then(() => Promise.reject(this.#notReady(this.#ending!, units)));
    if (!ended) return work;
    // Whichever comes second is nobody's business any more.
    ended.catch(() => undefined);
    work.catch(() => undefined);
    return Promise.race([work, ended]);
  }

  /**
   * Resolves when it is ready.
   *
   * @param missing  what units still wait for, and what there is of it
   * @param signal   ends the wait
   * @throws CodedError `sut-not-ready` with what was missing, when the time is over or it has ended
   */
  async ready(missing: () => Promise<readonly string[]>, signal: AbortSignal): Promise<void> {
    const deadline_ms = performance.now() + this.#plan.within_s * 1000;
    for (;;) {
      const left = await missing();
      if (left.length === 0 || signal.aborted) return;
      if (this.#ending !== undefined) throw this.#notReady(this.#ending, left);
      const late = `is not ready after ${this.#plan.within_s} s`;
      if (performance.now() > deadline_ms) throw this.#notReady(late, left);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /**
   * Ends what was started, with all that it has started itself. Safe when nothing was.
   *
   * @param within_ms  wall time in which it may end by itself
   */
  async stop(within_ms = TERM_DEADLINE_MS): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || !this.#ended) return;
    const { stop } = this.#plan;
    if (stop !== undefined) spawn(stop, { shell: true, stdio: "ignore" }).on("error", () => undefined);
    else killGroup(child.pid, "SIGTERM");
    const timer = setTimeout(() => killGroup(child.pid, "SIGKILL"), within_ms);
    await this.#ended;
    clearTimeout(timer);
    // The shell may have ended before what it had started.
    killGroup(child.pid, "SIGKILL");
    this.#release();
    await new Promise<void>((resolve) => (this.#file ? this.#file.end(resolve) : resolve()));
  }

  #keep(text: string): void {
    this.#file?.write(text);
    this.#lines.push(...text.split("\n").filter((line) => line !== ""));
    this.#lines.splice(0, this.#lines.length - LINES_KEPT);
  }

  #notReady(how: string, missing: readonly string[]): CodedError {
    const more = missing.length > MISSING_TOLD ? `, and ${missing.length - MISSING_TOLD} more` : "";
    const what = `${this.#plan.name} ${how}; missing: ${missing.slice(0, MISSING_TOLD).join(", ")}${more}`;
    const last = this.#lines.slice(-OUTPUT_TOLD).map((line) => `\n| ${line.slice(0, LINE_TOLD_MAX)}`);
    const fix = `See what it prints, or give it more time with \`ready: { within: … }\`.${last.join("")}`;
    return new CodedError("sut-not-ready", what, fix, this.#plan.place);
  }
}
