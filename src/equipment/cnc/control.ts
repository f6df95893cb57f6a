import type { Event } from "../../engine/event.ts";
import { Interrupt, type Body, type Process } from "../../engine/process.ts";
import { DONE, REFUSAL, refuse, type CommandOutcome } from "../command.ts";
import { StateMachine } from "../state-machine.ts";
import type { UnitContext } from "../unit-context.ts";

/** What the machine does just now. */
export type MachineState = "Ready" | "Loading" | "ToolChange" | "Rapid" | "Cutting" | "Unloading" | "Hold";

/** OPC 40501-1 ProductionProgramStateMachineType. */
export type ProgramState = "Initializing" | "Running" | "Interrupted" | "Ended" | "Aborted";

const ANY: readonly MachineState[] = [
  "Ready",
  "Loading",
  "ToolChange",
  "Rapid",
  "Cutting",
  "Unloading",
  "Hold",
];

/** Thrown through the working life when the program that runs was aborted. */
export class Aborted extends Error {
  override readonly name = "Aborted";
}

/**
 * The machine's control: the states that it shows, and what the keys on its panel do to a running program.
 *
 * A key only says what is wanted and interrupts the working life, which comes to rest by its own means and then
 * asks `settle` how to go on.
 */
export class CncControl {
  readonly machineState: StateMachine<MachineState>;
  readonly itemState: StateMachine<"Executing" | "NotExecuting">;
  readonly channelState: StateMachine<"Active" | "Interrupted" | "Reset">;
  readonly programState: StateMachine<ProgramState>;
  readonly #context: UnitContext;
  #life: Process | undefined;
  #held = false;
  #aborting = false;
  /** By the operator; no new part is begun until he starts again. */
  #stopped = false;
  #heldIn: MachineState = "Ready";
  #released: Event<undefined>;

  constructor(context: UnitContext) {
    this.#context = context;
    this.#released = context.simulation.event();
    this.machineState = new StateMachine<MachineState>(context, "machine-state", "Ready", {
      Ready: ["Loading", "Unloading", "ToolChange", "Rapid", "Hold"],
      Loading: ["Ready", "ToolChange", "Rapid"],
      ToolChange: ANY,
      Rapid: ANY,
      Cutting: ANY,
      Unloading: ["Loading", "Ready"],
      Hold: ANY,
    });
    this.itemState = new StateMachine(context, "item-state", "NotExecuting", {
      NotExecuting: ["Executing"],
      Executing: ["NotExecuting"],
    });
    this.channelState = new StateMachine(context, "channel-state", "Reset", {
      Reset: ["Active"],
      Active: ["Reset", "Interrupted"],
      Interrupted: ["Active", "Reset"],
    });
    this.programState = new StateMachine<ProgramState>(context, "program-state", "Initializing", {
      Initializing: ["Running", "Aborted"],
      Running: ["Interrupted", "Ended", "Aborted"],
      Interrupted: ["Running", "Aborted"],
      Ended: ["Initializing"],
      Aborted: ["Initializing"],
    });
  }

  /** The process that keys interrupt. */
  set life(process: Process) {
    this.#life = process;
  }

  /** A program is being worked off, held or not. */
  get running(): boolean {
    return this.programState.state === "Running" || this.programState.state === "Interrupted";
  }

  get held(): boolean {
    return this.#held;
  }

  /** Cycle start: goes on after a hold, or begins to make parts again after a stop. */
  start(cause = "start"): CommandOutcome {
    if (!this.#held && !this.#stopped) return refuse(REFUSAL.invalidState, "the machine is at work already");
    if (this.#held) this.#resume(cause);
    this.#stopped = false;
    this.#release();
    return DONE;
  }

  /** Feed hold: the axes come to rest, the spindle goes on turning. */
  hold(cause = "hold"): CommandOutcome {
    if (this.programState.state !== "Running") return refuse(REFUSAL.invalidState, "no program is running");
    this.#held = true;
    this.#heldIn = this.machineState.state;
    this.programState.go("Interrupted", cause);
    this.channelState.go("Interrupted", cause);
    this.itemState.go("NotExecuting", cause);
    this.machineState.go("Hold", cause);
    this.#life?.interrupt(cause);
    return DONE;
  }

  /** Ends the program that runs, and begins no other. A part that is being handled is handled to the end. */
  stop(cause = "stop"): CommandOutcome {
    if (this.#stopped) return refuse(REFUSAL.invalidState, "the machine is stopped already");
    this.#stopped = true;
    if (!this.running) return DONE;
    this.#aborting = true;
    this.#held = false;
    this.programState.go("Aborted", cause);
    this.channelState.go("Reset", cause);
    this.itemState.go("NotExecuting", cause);
    this.#life?.interrupt(cause);
    return DONE;
  }

  /** Ends what runs, as a stop does, and takes an aborted program back to its begin. */
  reset(): CommandOutcome {
    if (this.running) return this.stop("reset");
    if (this.programState.state === "Aborted") this.programState.go("Initializing", "reset");
    return DONE;
  }

  /** A program begins. */
  begin(): void {
    this.programState.go("Initializing");
    this.programState.go("Running");
    this.channelState.go("Active");
    this.itemState.go("Executing");
  }

  /** It has come to its end. */
  end(): void {
    this.programState.go("Ended");
    this.channelState.go("Reset");
    this.itemState.go("NotExecuting");
  }

  /**
   * After an interrupt, and when a step is done: waits while the machine is held.
   *
   * @throws Aborted when the program is not to go on
   */
  *settle(): Body {
    while (this.#held) yield* this.#wait();
    if (this.#aborting) throw new Aborted();
  }

  /** Waits while the machine is stopped; an abort is over with it. */
  *permit(): Body {
    this.#aborting = false;
    while (this.#stopped) yield* this.#wait();
  }

  *#wait(): Body {
    try {
      yield this.#released;
    } catch (error) {
      if (!(error instanceof Interrupt)) throw error;
    }
  }

  #resume(cause: string): void {
    this.#held = false;
    this.programState.go("Running", cause);
    this.channelState.go("Active", cause);
    this.itemState.go("Executing", cause);
    this.machineState.go(this.#heldIn, cause);
  }

  #release(): void {
    this.#released.succeed(undefined);
    this.#released = this.#context.simulation.event();
  }
}
