import { DONE, REFUSAL, refuse, type CommandOutcome } from "./command.ts";
import type { Register } from "./register.ts";
import { EVENT_SEVERITY } from "./unit-events.ts";
import type { UnitContext } from "./unit-context.ts";

/** States of an ISA-95 job order (OPC 10031-4, ISA95JobOrderReceiverObjectType). */
export type JobState =
  "NotAllowedToStart" | "AllowedToStart" | "Running" | "Interrupted" | "Ended" | "Aborted";

/** What somebody wants made. */
export interface JobRequest {
  /** Unique on the unit. */
  readonly id: string;
  /** Name of a program in the unit's memory. */
  readonly program: string;
  /** Good parts to make; at least 1. */
  readonly quantity: number;
  /** Higher goes first. */
  readonly priority: number;
  readonly description: string;
}

/** A job order and how far it is; times are plant times, undefined until they are there. */
export interface Job extends JobRequest {
  readonly state: JobState;
  readonly good: number;
  readonly scrapped: number;
  readonly started_s: number | undefined;
  readonly ended_s: number | undefined;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Orders that a unit keeps, ended ones included, until they are cleared. */
export const JOBS_MAX = 100;

/**
 * The job orders of a unit. Orders become *AllowedToStart* by a client's word; the unit takes the one with the
 * highest priority, the oldest of those first, as soon as it is free.
 *
 * States of an order: *NotAllowedToStart* <-> *AllowedToStart* -> *Running* <-> *Interrupted* -> *Ended* | *Aborted*.
 */
export class JobList {
  readonly #context: UnitContext;
  readonly #jobs: Mutable<Job>[] = [];
  /** Id of the order that runs; "" when none does. */
  readonly active: Register<string>;
  /** What changed last, so that the digest knows of every step. */
  readonly #log: Register<string>;
  #ending = false;

  constructor(context: UnitContext) {
    this.#context = context;
    this.active = context.register<string>("job", "");
    this.#log = context.register<string>("job-log", "");
  }

  /** In the order in which they came. */
  get all(): readonly Job[] {
    return this.#jobs;
  }

  get running(): Job | undefined {
    return this.#jobs.find(({ state }) => state === "Running" || state === "Interrupted");
  }

  find(id: string): Job | undefined {
    return this.#jobs.find((job) => job.id === id);
  }

  store(request: JobRequest, allowed: boolean): CommandOutcome {
    if (this.find(request.id)) return refuse(REFUSAL.exists, `there is a job order "${request.id}" already`);
    if (this.#jobs.length >= JOBS_MAX) {
      return refuse(REFUSAL.tooMany, `the unit keeps ${JOBS_MAX} job orders; clear one that has ended`);
    }
    const state = allowed ? "AllowedToStart" : "NotAllowedToStart";
    this.#jobs.push({ ...request, state, good: 0, scrapped: 0, started_s: undefined, ended_s: undefined });
    this.#changed(request.id, "stored");
    return DONE;
  }

  allow(id: string): CommandOutcome {
    return this.#move(id, ["NotAllowedToStart"], (job) => (job.state = "AllowedToStart"), "allowed");
  }

  revoke(id: string): CommandOutcome {
    return this.#move(id, ["AllowedToStart"], (job) => (job.state = "NotAllowedToStart"), "revoked");
  }

  /** Changes an order that has not begun. */
  update(request: JobRequest): CommandOutcome {
    const waiting: JobState[] = ["NotAllowedToStart", "AllowedToStart"];
    return this.#move(request.id, waiting, (job) => Object.assign(job, request), "updated");
  }

  /** Takes an order that has not begun off the list. */
  cancel(id: string): CommandOutcome {
    return this.#move(id, ["NotAllowedToStart", "AllowedToStart"], (job) => this.#remove(job), "cancelled");
  }

  /** Takes an order that is over off the list. */
  clear(id: string): CommandOutcome {
    return this.#move(id, ["Ended", "Aborted"], (job) => this.#remove(job), "cleared");
  }

  /** The running order ends with the part that is in work. */
  end(id: string): CommandOutcome {
    return this.#move(id, ["Running", "Interrupted"], () => (this.#ending = true), "ending");
  }

  /** The unit is free: the order that it goes on with, or begins; undefined when none is due. */
  take(): Job | undefined {
    const running = this.running;
    if (running) {
      // A program that was aborted while it was held ends the hold: the next part is made.
      this.interrupt(false);
      return running;
    }
    const due = this.#jobs.filter(({ state }) => state === "AllowedToStart");
    const first = due.reduce<Mutable<Job> | undefined>(
      (best, job) => (best && best.priority >= job.priority ? best : job),
      undefined,
    );
    if (!first) return undefined;
    first.state = "Running";
    first.started_s = this.#context.now_s;
    this.active.set(first.id);
    this.#changed(first.id, "started");
    return first;
  }

  /** The unit was held, or goes on. */
  interrupt(interrupted: boolean): void {
    const job = this.#jobs.find(({ state }) => state === (interrupted ? "Running" : "Interrupted"));
    if (!job) return;
    job.state = interrupted ? "Interrupted" : "Running";
    this.#changed(job.id, interrupted ? "interrupted" : "resumed");
  }

  /** A part of the running order is done; with its last one, or when that was wished, the order has ended. */
  count(good: boolean): void {
    const job = this.running as Mutable<Job> | undefined;
    if (!job) return;
    if (good) job.good++;
    else job.scrapped++;
    if (job.good >= job.quantity || this.#ending) this.#finish(job, "Ended");
    else this.#changed(job.id, "counted");
  }

  /** The running order is over before its time. */
  abort(): void {
    const job = this.running;
    if (job) this.#finish(job, "Aborted");
  }

  #finish(job: Mutable<Job>, state: "Ended" | "Aborted"): void {
    job.state = state;
    job.ended_s = this.#context.now_s;
    this.#ending = false;
    this.active.set("");
    this.#changed(job.id, state === "Ended" ? "ended" : "aborted");
  }

  #remove(job: Job): void {
    this.#jobs.splice(this.#jobs.indexOf(job), 1);
  }

  #move(
    id: string,
    from: readonly JobState[],
    change: (job: Mutable<Job>) => unknown,
    what: string,
  ): CommandOutcome {
    const job = this.#jobs.find((it) => it.id === id);
    if (!job) return refuse(REFUSAL.notFound, `there is no job order "${id}"`);
    if (!from.includes(job.state))
      return refuse(REFUSAL.invalidState, `job order "${id}" is ${job.state}, not ${from.join(" or ")}`);
    change(job);
    this.#changed(id, what, job);
    return DONE;
  }

  #changed(id: string, change: string, job = this.find(id)!): void {
    const { state, good, scrapped, quantity, program } = job;
    this.#log.set([id, change, state, good, scrapped, quantity, program].join(" "));
    this.#context.events.emit(() => ({
      kind: "job",
      source: id,
      message: `job order ${id} ${change}: ${state}, ${good} of ${quantity} parts`,
      severity: state === "Aborted" ? EVENT_SEVERITY.interruption : EVENT_SEVERITY.notable,
      fields: { change, state, program, quantity, good, scrapped },
    }));
  }
}
