import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import path from "node:path";
import { CodedError } from "../errors.ts";
import { Deadline } from "./deadline.ts";
import { environmentWith } from "./endpoints-file.ts";
import { endWithProcess, isGroupAlive, killGroup } from "./orphans.ts";
import type { SutRecord } from "./result.ts";
import { SUT_STAYED_ALIVE, type SutPlan } from "../scenario/sut-plan.ts";
import type { CheckTally } from "../scenario/verdict.ts";

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
  #env: NodeJS.ProcessEnv = process.env;
  #child: ChildProcess | undefined;
  /** The shell, or what took its place */
  #exited: Promise<unknown> | undefined;
  /** All that runs, see `#watch` */
  #ended: Promise<void> | undefined;
  #ending: string | undefined;
  #isStopped = false;
  #file: WriteStream | undefined;
  #release: () => void = () => undefined;

  constructor(plan: SutPlan, log: (line: string) => void) {
    this.#plan = plan;
    this.#log = log;
  }

  /** What there is to say of it, while it should run. */
  get record(): SutRecord {
    const { name, version, areOutagesAllowed } = this.#plan;
    return {
      name,
      ...(areOutagesAllowed ? { outages: "allowed" } : {}),
      ...(version === undefined ? {} : { version }),
      ...(this.#ending === undefined ? {} : { ending: this.#ending }),
      output: this.#lines,
    };
  }

  /** @param endpointsFile  what it is told of the run */
  start(endpointsFile: string | undefined): void {
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
    this.#env = environmentWith(endpointsFile);
    const stdio = ["ignore", "pipe", "pipe"] as const;
    const child = spawn(start, { shell: true, detached: true, stdio: [...stdio], env: this.#env });
    this.#child = child;
    this.#release = endWithProcess(() => killGroup(child.pid, "SIGKILL"));
    child.stdout.setEncoding("utf8").on("data", (text: string) => this.#keep(text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => this.#keep(text));
    this.#exited = new Promise((resolve) => child.once("error", resolve).once("exit", resolve));
    this.#ended = this.#watch(child);
  }

  /**
   * Resolves when it has ended: with the process that was started, unless that ends with code 0 and leaves others in its
   * group, or its output open, as a shell does whose program goes on in the background; then when these are gone.
   */
  async #watch(child: ChildProcess): Promise<void> {
    const closed = new Promise((resolve) => child.once("close", resolve));
    const ending = await new Promise<string>((resolve) => {
      child.once("error", (error) => resolve(`could not be started: ${error.message}`));
      child.once("exit", (code, signal) => resolve(`ended with ${signal ?? `code ${code}`}`));
    });
    if (child.exitCode === 0) {
      await closed;
      while (isGroupAlive(child.pid) && !this.#isStopped)
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    this.#ending = ending;
  }

  /** Resolves when what must not end has ended before it was stopped; never when it may. */
  async lost(): Promise<string> {
    if (!this.#ended || this.#plan.mayEnd) return new Promise(() => undefined);
    await this.#ended;
    return `${this.#plan.name} ${this.#ending}`;
  }

  /**
   * Whether it has lived until now, as a check; none when it may end, or was not started.
   *
   * @param end_s  plant time at which the run is over
   */
  check(end_s: number): readonly CheckTally[] {
    if (!this.#ended || this.#plan.mayEnd) return [];
    const why = this.#ending;
    const evidence = why === undefined ? [] : [{ unit: this.#plan.name, time_s: end_s, from_s: 0, why }];
    return [
      {
        ...{ name: SUT_STAYED_ALIVE, units: 0, opened: 1, judged: 1, failed: evidence.length },
        evidence: evidence.map((it) => ({ ...it, saw: {}, events: [] })),
      },
    ];
  }

  /**
   * Does what can only succeed while it runs.
   *
   * @throws CodedError `sut-not-ready` when it ends meanwhile, or what the work throws
   */
  async during<T>(work: Promise<T>, units: readonly string[]): Promise<T> {
    if (!this.#ended || this.#plan.mayEnd) return work;
    const ended = this.#ended.then(() => Promise.reject(this.#notReady(this.#ending!, units)));
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
      if (left.length === 0) return;
      // Also where its end has ended the run.
      if (this.#ending !== undefined && !this.#plan.mayEnd) throw this.#notReady(this.#ending, left);
      if (signal.aborted) return;
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
    if (stop !== undefined)
      spawn(stop, { shell: true, stdio: "ignore", env: this.#env }).on("error", () => undefined);
    else killGroup(child.pid, "SIGTERM");
    const over = new Deadline(within_ms);
    await over.await(this.#ended);
    over.end();
    // The shell may have ended before what it had started.
    killGroup(child.pid, "SIGKILL");
    this.#isStopped = true;
    await this.#exited;
    // One that has left the group can hold the other ends open for ever.
    for (const output of [child.stdout, child.stderr]) output?.destroy();
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
