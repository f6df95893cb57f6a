import type { Event } from "../../engine/event.ts";
import type { Body, Process } from "../../engine/process.ts";
import { DONE, REFUSAL, refuse, type CommandOutcome } from "../command.ts";
import { StateMachine, type Transitions } from "../state-machine.ts";
import type { UnitContext } from "../unit-context.ts";

const MACHINE_STATES = [
  "Off",
  "WarmUp",
  "SetUp",
  "Ready",
  "Loading",
  "ToolChange",
  "ToolService",
  "Rapid",
  "Cutting",
  "Unloading",
  "Measuring",
  "Waiting",
  "Break",
  "Hold",
  "MicroStop",
  "Alarm",
  "Repair",
] as const;

/** What the machine does just now. */
export type MachineState = (typeof MACHINE_STATES)[number];

/** OPC 40501-1 ProductionProgramStateMachineType. */
export type ProgramState = "Initializing" | "Running" | "Interrupted" | "Ended" | "Aborted";

/** Who keeps a machine from going on. */
export type Holder = "operator" | "alarm" | "micro-stop";

/** What each holder shows while a program is held. */
const SHOWN: Readonly<Record<Holder, MachineState>> = {
  operator: "Hold",
  alarm: "Alarm",
  "micro-stop": "MicroStop",
};

/** Thrown through the working life when the program that runs was aborted. */
export class Aborted extends Error {
  override readonly name = "Aborted";
}

/** Any state may follow any other: a key, an alarm or the end of a shift comes at any time. */
const anyToAny = Object.fromEntries(
  MACHINE_STATES.map((state) => [state, MACHINE_STATES]),
) as unknown as Transitions<MachineState>;

/**
 * The machine's control: the states that it shows, and what the keys on its panel do to a running program.
 *
 * A key only says what is wanted and interrupts the working life, which comes to rest by its own means and then
 * asks `settle` how to go on. A program is *held* while anybody holds it, and none is begun while anybody *stops* it.
 */
export class CncControl {
  readonly machineState: StateMachine<MachineState>;
  readonly itemState: StateMachine<"Executing" | "NotExecuting" | "OutOfService">;
  readonly channelState: StateMachine<"Active" | "Interrupted" | "Reset">;
  readonly programState: StateMachine<ProgramState>;
  readonly #context: UnitContext;
  #life: Process | undefined;
  readonly #holders = new Set<Holder>();
  readonly #stoppers = new Set<Holder>();
  #aborting = false;
  /** The machine stands in `permit`. */
  #stands = false;
  #repaired = false;
  #heldIn: MachineState = "Ready";
  #released: Event<undefined>;

  constructor(context: UnitContext) {
    this.#context = context;
    this.#released = context.simulation.event();
    this.machineState = new StateMachine<MachineState>(context, "machine-state", "Ready", anyToAny);
    this.itemState = new StateMachine(context, "item-state", "NotExecuting", {
      NotExecuting: ["Executing", "OutOfService"],
      Executing: ["NotExecuting", "OutOfService"],
      OutOfService: ["NotExecuting", "Executing"],
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

  /** Starts the working life, which keys interrupt: what its `yield` gives is then the interrupt. */
  live(life: Body): void {
    this.#life = this.#context.simulation.process(this.#context.name, life, { interrupts: "returned" });
  }

  /** A program is being worked off, held or not. */
  get running(): boolean {
    return this.programState.state === "Running" || this.programState.state === "Interrupted";
  }

  get held(): boolean {
    return this.#holders.size > 0;
  }

  /** Neither held nor aborted. */
  get goesOn(): boolean {
    return !this.held && !this.#aborting;
  }

  /** An alarm keeps it from going on. */
  get alarmed(): boolean {
    return this.#holders.has("alarm") || this.#stoppers.has("alarm");
  }

  heldBy(holder: Holder): boolean {
    return this.#holders.has(holder);
  }

  /** Cycle start: goes on after a hold, or begins to make parts again after a stop. */
  start(cause = "start"): CommandOutcome {
    if (this.alarmed) return refuse(REFUSAL.invalidState, "an alarm keeps the machine from starting");
    if (!this.held && this.#stoppers.size === 0)
      return refuse(REFUSAL.invalidState, "the machine is at work already");
    this.release("operator", cause);
    this.release("micro-stop", cause);
    return DONE;
  }

  /** Feed hold: the axes come to rest, the spindle goes on turning. */
  hold(holder: Holder = "operator", cause = "hold"): CommandOutcome {
    const { state } = this.programState;
    if (state !== "Running" && !(this.held && state === "Interrupted" && !this.#holders.has(holder)))
      return refuse(REFUSAL.invalidState, "no program is running");
    const first = !this.held;
    this.#holders.add(holder);
    if (first) {
      this.#heldIn = this.machineState.state;
      this.programState.go("Interrupted", cause);
      this.channelState.go("Interrupted", cause);
    }
    this.itemState.go(this.alarmed ? "OutOfService" : "NotExecuting", cause);
    this.#showHold(cause);
    if (!first) return DONE;
    this.#life?.interrupt(cause);
    return DONE;
  }

  /** Ends the program that runs, and begins no other. A part that is being handled is handled to the end. */
  stop(holder: Holder = "operator", cause = "stop"): CommandOutcome {
    // Whoever let the part come to its end may still want it ended at once.
    if (this.#stoppers.has(holder) && !this.running)
      return refuse(REFUSAL.invalidState, "the machine is stopped already");
    this.#stoppers.add(holder);
    if (!this.running) return DONE;
    this.#aborting = true;
    // An alarm that held the program keeps the machine from beginning another.
    if (this.#holders.has("alarm")) this.#stoppers.add("alarm");
    this.#holders.clear();
    this.programState.go("Aborted", cause);
    this.channelState.go("Reset", cause);
    this.itemState.go(this.alarmed ? "OutOfService" : "NotExecuting", cause);
    this.#life?.interrupt(cause);
    return DONE;
  }

  /** Lets the program that runs come to its end, and begins no other. */
  stopAfterPart(holder: Holder): void {
    this.#stoppers.add(holder);
  }

  /** Takes back what a holder wanted. */
  release(holder: Holder, cause: string): void {
    const wasHeld = this.held;
    this.#holders.delete(holder);
    this.#stoppers.delete(holder);
    if (this.programState.state === "Interrupted") {
      if (this.held) this.#showHold();
      else if (wasHeld) this.#resume(cause);
    }
    if (this.itemState.state === "OutOfService" && !this.alarmed) this.itemState.go("NotExecuting", cause);
    const released = this.#released;
    this.#released = this.#context.simulation.event();
    released.succeed(undefined);
  }

  /** An override was turned: what is under way goes on at another speed. */
  refresh(): void {
    if (this.programState.state === "Running") this.#life?.interrupt("override");
  }

  /** Ends what runs, as a stop does, and takes an aborted program back to its begin. */
  reset(): CommandOutcome {
    if (this.running) return this.stop("operator", "reset");
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
    while (this.held) yield this.#released;
    if (this.#aborting) throw new Aborted();
  }

  /** Waits while the machine is stopped; an abort is over with it. */
  *permit(): Body {
    this.#aborting = false;
    if (this.#stoppers.size === 0) return;
    const { state } = this.machineState;
    if (state === "Loading" || state === "Unloading") this.machineState.go("Ready");
    this.#stands = true;
    while (this.#stoppers.size > 0) {
      this.#showStop();
      yield this.#released;
    }
    this.#stands = false;
    this.#showStop();
  }

  /** A crew is at the machine, or has left: that is shown while it stands for it. */
  repair(underWay: boolean): void {
    this.#repaired = underWay;
    if (this.#stands) this.#showStop();
  }

  /** Why it stands. */
  #showStop(): void {
    const { state } = this.machineState;
    if (this.#stands && this.alarmed) {
      this.machineState.go(this.#repaired ? "Repair" : "Alarm");
      this.itemState.go("OutOfService");
    } else if (state === "Alarm" || state === "Repair") this.machineState.go("Ready");
  }

  /** Of those who hold it, an alarm goes first. */
  #showHold(cause = ""): void {
    const [first] = this.#holders;
    if (first) this.machineState.go(SHOWN[this.#holders.has("alarm") ? "alarm" : first], cause);
  }

  #resume(cause: string): void {
    this.programState.go("Running", cause);
    this.channelState.go("Active", cause);
    this.itemState.go("Executing", cause);
    this.machineState.go(this.#heldIn, cause);
  }
}
