import { formatStatus, STATUS_QUERY } from "../report/console.ts";
import { exitCode, verdictCode } from "../runtime/result.ts";
import type { Run } from "../runtime/run.ts";
import type { Plan } from "../scenario/plan.ts";
import { LogBook } from "../tui/log-book.ts";
import { Session } from "../tui/session.ts";
import { noteScreen, tell } from "./failure.ts";
import type { RunArguments } from "./options.ts";
import { execute, say, summarize } from "./session.ts";

const STATUS_EVERY_MS = 5000;
const FIRST_STATUS_MS = 1000;
/** Plants up to this size can have faults on every link and connection, each of which then costs a socket more. */
const FAULTY_UNITS_MAX = 50;

/** Whether somebody sits at a terminal that can show the control room. */
export const hasScreen = ({ plain }: RunArguments): boolean =>
  plain !== true && process.stdout.isTTY && process.stdin.isTTY && process.env["TERM"] !== "dumb";

/** Says every few seconds how a plant is. @returns ends that */
export function tellStatus(run: Run): () => void {
  const show = (): void => {
    // A view that fails belongs to a run that fails, which says why.
    run.view(STATUS_QUERY).then(
      (view) => formatStatus(view).forEach(say),
      () => undefined,
    );
  };
  const timers = [setTimeout(show, FIRST_STATUS_MS), setInterval(show, STATUS_EVERY_MS)];
  return () => timers.forEach((timer) => clearTimeout(timer));
}

/** Starts a plant and opens the control room when it runs. @returns the exit code: after q, that of its verdict; after a defect of the screen, 5 */
export async function upOnScreen(plan: Plan, args: RunArguments): Promise<number> {
  // Before the libraries that look at it are there; React measures itself otherwise, and keeps all that it measured.
  process.env["NODE_ENV"] ??= "production";
  if (args.color === false || (process.env["NO_COLOR"] ?? "") !== "") process.env["FORCE_COLOR"] = "0";
  const { openControlRoom } = await import("../tui/control-room.tsx");
  const log = new LogBook();
  const session = new Session(plan);
  let isOpen = false;
  let isQuit = false;
  let crash: number | undefined;
  let stopTelling = (): void => undefined;
  const onRunning = (run: Run): (() => void) => {
    isOpen = true;
    const leave = openControlRoom({
      ...{ desk: run, plan, log, session },
      onQuit: () => {
        isQuit = true;
        run.stop();
      },
      onInterrupt: () => process.kill(process.pid, "SIGINT"),
      onCrash: (error) => {
        isOpen = false;
        crash = tell(error);
        say("the plant goes on without its screen, Ctrl-C ends");
        stopTelling = tellStatus(run);
      },
    });
    const over = (): void => {
      isOpen = false;
      leave();
      stopTelling();
    };
    noteScreen(over);
    return over;
  };
  const watching = {
    log: (line: string): void => {
      log.add(line);
      if (!isOpen) say(line);
    },
    onInput: session.add.bind(session),
    isWatched: true,
    areAllFaulty: plan.units.length <= FAULTY_UNITS_MAX,
  };
  const result = await execute("up", plan, args, { onRunning, onResult: summarize(args), watching });
  noteScreen(undefined);
  return crash ?? (isQuit ? verdictCode(result) : exitCode(result));
}
