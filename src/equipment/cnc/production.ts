import { exponential, lognormal, uniform } from "../../engine/distribution.ts";
import type { Body } from "../../engine/process.ts";
import type { RandomStream } from "../../engine/random.ts";
import type { CncMachine } from "./cnc-machine.ts";
import { Aborted } from "./control.ts";
import type { Organisation, Roster } from "./organisation.ts";
import { ProgramRun } from "./program-run.ts";
import { complete } from "./waiting.ts";

/** A shift does not begin in step: each machine starts its first part within this time. */
const FIRST_START_MAX_S = 10;
/** A machine that nobody needs goes to standby after this long, and is switched off at the end of a shift. */
const STANDBY_AFTER_S = 900;
/** Share of its highest speed at which a cold spindle is warmed up. */
const WARM_UP_SPEED = 0.5;

/**
 * A machine's working life: part after part, of the job order that is due or else of the selected program, as its
 * organisation has it. The first one is clamped already.
 */
export class Production {
  readonly #machine: CncMachine;
  readonly #organisation: Organisation;
  readonly #roster: Roster;
  readonly #run: ProgramRun;
  readonly #handling: RandomStream;
  readonly #setUps: RandomStream;
  readonly #measuring: RandomStream;
  readonly #waiting: RandomStream;
  #batch = 0;
  #untilMeasured = 0;

  constructor(machine: CncMachine, organisation: Organisation, roster: Roster) {
    this.#machine = machine;
    this.#organisation = organisation;
    this.#roster = roster;
    this.#run = new ProgramRun(machine);
    const { key } = machine.context;
    this.#handling = key.child("handling").stream();
    this.#setUps = key.child("set-up").stream();
    this.#measuring = key.child("measuring").stream();
    this.#waiting = key.child("waiting").stream();
    this.#batch = this.#draw(organisation.batch?.parts, this.#setUps);
    this.#untilMeasured = this.#draw(organisation.measuring.everyParts, this.#measuring);
  }

  *live(): Body {
    const { control, context } = this.#machine;
    yield* complete(this.#machine, uniform(0, FIRST_START_MAX_S)(context.key.child("first-start").stream()));
    if (!this.#roster.absence(context.now_s)) yield* this.#warmUp();
    for (let first = true; ; first = false) {
      yield* control.permit();
      yield* this.#attendance();
      if (this.#organisation.batch && this.#batch <= 0) yield* this.#setUp();
      else if (!first) yield* this.#load();
      yield* this.#makePart();
      yield* control.permit();
      yield* this.#unload();
      yield* this.#look();
    }
  }

  /** What keeps a machine from a whole shift's work now and then; a process of its own. */
  *stumble(): Body {
    const { microStops } = this.#organisation;
    if (!microStops) return;
    const { control, context, operationTime } = this.#machine;
    const stream = context.key.child("micro-stops").stream();
    const next_s = exponential(60 * microStops.mean_min);
    const span_s = lognormal(60 * microStops.median_min, microStops.logDeviation);
    for (;;) {
      const due_h = operationTime.hours.value(context.now_s) + next_s(stream) / 3600;
      for (let left_h; (left_h = due_h - operationTime.hours.value(context.now_s)) > 1e-9;)
        yield Math.max(1, left_h * 3600);
      if (!control.hold("micro-stop", "micro-stop").done) {
        yield 1;
        continue;
      }
      yield span_s(stream);
      if (control.heldBy("micro-stop")) control.release("micro-stop", "re-clamped");
    }
  }

  /** Waits while nobody is there; a shift begins with a warm-up. */
  *#attendance(): Body {
    const { context, control } = this.#machine;
    for (;;) {
      const absence = this.#roster.absence(context.now_s);
      if (!absence) return;
      control.machineState.go(absence.isBreak ? "Break" : "Off");
      if (absence.isBreak) yield* this.#stand(absence.until_s);
      else {
        this.#machine.setPower("off");
        yield* complete(this.#machine, absence.until_s - context.now_s);
        this.#machine.auxiliaries.refill();
        yield* this.#warmUp();
      }
      control.machineState.go("Ready");
    }
  }

  *#stand(until_s: number): Body {
    const { context } = this.#machine;
    const awake_s = Math.min(until_s - context.now_s, STANDBY_AFTER_S);
    yield* complete(this.#machine, awake_s);
    if (context.now_s < until_s) this.#machine.setPower("standby");
    yield* complete(this.#machine, until_s - context.now_s);
    this.#machine.setPower("ready");
  }

  *#warmUp(): Body {
    const machine = this.#machine;
    machine.setPower("ready");
    if (this.#organisation.warmUp_min === 0) return;
    machine.control.machineState.go("WarmUp");
    machine.machining.turn(WARM_UP_SPEED * machine.model.spindle.speedMax_rpm);
    yield* complete(machine, 60 * this.#organisation.warmUp_min);
    yield* complete(machine, machine.machining.brake());
    machine.control.machineState.go("Ready");
  }

  /** The next kind of part: fixture, tools, program, and a first piece that is measured before the rest follows. */
  *#setUp(): Body {
    const { setUp, approval_min, parts, firstPieceScrap, pace_percent } = this.#organisation.batch!;
    const machine = this.#machine;
    machine.control.machineState.go("SetUp");
    machine.settingUp(true);
    machine.selectNextProgram();
    yield* complete(machine, lognormal(60 * setUp.median_min, setUp.logDeviation)(this.#setUps));
    yield* complete(machine, 60 * approval_min);
    if (this.#setUps.uniform() < firstPieceScrap) machine.scrapPart();
    machine.approveFirstPiece();
    const pace = uniform(pace_percent.low, pace_percent.high)(this.#setUps);
    machine.machining.overrides.turn("feed", Math.round(pace));
    machine.settingUp(false);
    this.#batch = this.#draw(parts, this.#setUps);
  }

  *#load(): Body {
    yield* this.#handle("Loading", this.#machine.model.handling.load);
  }

  *#unload(): Body {
    yield* this.#handle("Unloading", this.#machine.model.handling.unload);
  }

  /** By hand, or half of a pallet change. */
  *#handle(
    state: "Loading" | "Unloading",
    { median_s, logDeviation }: { readonly median_s: number; readonly logDeviation: number },
  ): Body {
    this.#machine.control.machineState.go(state);
    const { pallets } = this.#organisation;
    const drawn = pallets
      ? uniform(pallets.change_s - pallets.scatter_s, pallets.change_s + pallets.scatter_s)
      : lognormal(median_s, logDeviation);
    yield* complete(this.#machine, drawn(this.#handling) / (pallets ? 2 : 1));
  }

  /** One part; when its program is aborted, the tool retreats and the part is thrown away. */
  *#makePart(): Body {
    const { control } = this.#machine;
    // While somebody replaces tools, others may stop the machine, or want something else made.
    do {
      yield* control.permit();
      this.#machine.selectWork();
    } while (yield* this.#replaceTools());
    control.begin();
    try {
      yield* this.#run.work();
    } catch (error) {
      if (!(error instanceof Aborted)) throw error;
      yield* this.#run.retreat();
      return;
    }
    control.end();
    this.#machine.finishPart();
    this.#batch--;
  }

  /** Tools whose life is used up are replaced before a part that needs them. @returns whether that took its time */
  *#replaceTools(): Body<boolean> {
    const machine = this.#machine;
    const began_s = machine.context.now_s;
    for (const operation of machine.workpiece.program.operations) {
      const tool = machine.machining.magazine.get(operation.tool)!;
      if (!tool.locked.value) continue;
      if (this.#organisation.toolService_min > 0) {
        machine.control.machineState.go("ToolService");
        yield* complete(machine, 60 * this.#organisation.toolService_min);
      }
      machine.replaceTool(tool);
    }
    return machine.context.now_s > began_s;
  }

  /** Between two parts: one is measured now and then, and sometimes material or people are missing. */
  *#look(): Body {
    const machine = this.#machine;
    const { measuring, waiting } = this.#organisation;
    if (--this.#untilMeasured <= 0 || machine.finishingWearUncorrected) {
      this.#untilMeasured = this.#draw(measuring.everyParts, this.#measuring);
      if (measuring.median_min > 0) {
        machine.control.machineState.go("Measuring");
        const span_s = lognormal(60 * measuring.median_min, measuring.logDeviation)(this.#measuring);
        yield* complete(machine, span_s);
      }
      machine.quality.correct();
      machine.auxiliaries.refill();
    }
    if (!waiting || this.#waiting.uniform() > waiting.share) return;
    machine.control.machineState.go("Waiting");
    yield* complete(machine, lognormal(60 * waiting.median_min, waiting.logDeviation)(this.#waiting));
  }

  #draw(range: { readonly low: number; readonly high: number } | undefined, stream: RandomStream): number {
    return range ? Math.floor(uniform(range.low, range.high + 1)(stream)) : 0;
  }
}
