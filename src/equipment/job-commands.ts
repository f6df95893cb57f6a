import { REFUSAL, refuse, type CommandOutcome, type UnitCommand } from "./command.ts";
import type { JobList, JobRequest } from "./job-list.ts";

/** Longest id, program name and description of a job order. */
const TEXT_MAX = 256;
const QUANTITY_MAX = 1_000_000;
const PRIORITY_MAX = 32_767;

/** What job orders need of the machine that works them off. */
export interface JobMachine {
  readonly jobs: JobList;
  /** Names of the programs in its memory. */
  readonly programs: readonly string[];
  hold(): CommandOutcome;
  start(): CommandOutcome;
  stop(): CommandOutcome;
}

type Given = UnitCommand["arguments"];
type Action = (machine: JobMachine, given: Given) => CommandOutcome;

/** For words about one order that need nothing but its id. */
const about =
  (action: (jobs: JobList, id: string) => CommandOutcome): Action =>
  ({ jobs }, { job }) =>
    action(jobs, String(job));

/** For words about the order that runs. */
const aboutRunning =
  (action: (machine: JobMachine) => CommandOutcome): Action =>
  (machine, { job }) => {
    if (!machine.jobs.find(String(job))) return refuse(REFUSAL.notFound, `there is no job order "${job}"`);
    if (machine.jobs.running?.id !== job) return refuse(REFUSAL.invalidState, `"${job}" does not run`);
    return action(machine);
  };

/** For words that bring a whole order. */
const withRequest =
  (action: (jobs: JobList, request: JobRequest) => CommandOutcome): Action =>
  (machine, given) => {
    const request = requestOf(machine, given);
    return "done" in request ? request : action(machine.jobs, request);
  };

const ACTIONS: Readonly<Record<string, Action>> = {
  "store-job": withRequest((jobs, request) => jobs.store(request, false)),
  "store-and-start-job": withRequest((jobs, request) => jobs.store(request, true)),
  "update-job": withRequest((jobs, request) => jobs.update(request)),
  "start-job": about((jobs, id) => jobs.allow(id)),
  "revoke-job": about((jobs, id) => jobs.revoke(id)),
  "cancel-job": about((jobs, id) => jobs.cancel(id)),
  "clear-job": about((jobs, id) => jobs.clear(id)),
  "stop-job": about((jobs, id) => jobs.end(id)),
  "pause-job": aboutRunning((machine) => machine.hold()),
  "resume-job": aboutRunning((machine) => machine.start()),
  "abort-job": aboutRunning((machine) => machine.stop()),
};

export const JOB_COMMANDS: readonly string[] = Object.keys(ACTIONS);

/**
 * Commands of every unit that works off job orders.
 *
 * `store-job` `store-and-start-job` `update-job` { job, program, quantity, priority?, description? }
 * `start-job` `revoke-job` `cancel-job` `clear-job` { job }
 * `stop-job` { job } – ends with the part in work
 * `pause-job` `resume-job` `abort-job` { job } – the order that runs, at once
 *
 * @returns undefined for any other command
 */
export function commandJob(
  machine: JobMachine,
  { name, arguments: given }: UnitCommand,
): CommandOutcome | undefined {
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (!action) return undefined;
  if (typeof given.job !== "string" || given.job === "" || given.job.length > TEXT_MAX) {
    return refuse(REFUSAL.invalidArgument, `"job" cannot be ${JSON.stringify(given.job)}; an order's id`);
  }
  return action(machine, given);
}

function requestOf(machine: JobMachine, given: Given): JobRequest | CommandOutcome {
  const { job, program, quantity, priority = 0, description = "" } = given;
  if (typeof program !== "string" || !machine.programs.includes(program)) {
    const known = machine.programs.join(", ");
    return refuse(REFUSAL.notFound, `there is no program ${JSON.stringify(program)}; one of ${known}`);
  }
  if (!isInteger(quantity, 1, QUANTITY_MAX))
    return refuse(REFUSAL.outOfRange, `"quantity" cannot be ${quantity}; 1 to ${QUANTITY_MAX}`);
  if (!isInteger(priority, -PRIORITY_MAX, PRIORITY_MAX))
    return refuse(REFUSAL.outOfRange, `"priority" cannot be ${priority}; a whole number of 16 bits`);
  if (typeof description !== "string" || description.length > TEXT_MAX)
    return refuse(REFUSAL.invalidArgument, `"description" must be text of at most ${TEXT_MAX} characters`);
  return { id: String(job), program, quantity, priority, description };
}

const isInteger = (value: unknown, low: number, high: number): value is number =>
  Number.isInteger(value) && (value as number) >= low && (value as number) <= high;
