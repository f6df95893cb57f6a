import { uniform } from "../../engine/distribution.ts";
import type { Body } from "../../engine/process.ts";
import type { RandomStream } from "../../engine/random.ts";
import { EVENT_SEVERITY } from "../unit-events.ts";
import type { AxisName } from "./axis.ts";
import type { CncMachine } from "./cnc-machine.ts";
import { beginOf, millingFrame, type MillingOperation, type TurningOperation } from "./part-program.ts";
import { complete } from "./waiting.ts";

/** Height above the material at which rapid traverse ends, mm. */
const CLEARANCE_MM = 2;

type Place = Readonly<Partial<Record<AxisName, number>>>;

/** The tool's way into the material: above the first pass, close to the surface, and to where the pass begins. */
interface Approach {
  readonly above: Place;
  readonly near: Place;
  readonly begin: Place;
}

/**
 * A part program from its begin to its end, through holds and overrides.
 *
 * `while (yield move) yield* this.#halt();` begins a move and waits for its end. After a hold or an override, which
 * interrupt the wait, what is left of the move begins anew.
 */
export class ProgramRun {
  readonly #machine: CncMachine;
  readonly #changer: RandomStream;
  readonly #approaches = new Map<MillingOperation, Approach>();

  constructor(machine: CncMachine) {
    this.#machine = machine;
    this.#changer = machine.context.key.child("tool-change").stream();
  }

  /** @throws Aborted when it is not to go on */
  *work(): Body {
    const machine = this.#machine;
    machine.screw.move(meanFeed_mm_min(machine));
    for (const [i, operation] of machine.workpiece.program.operations.entries()) {
      yield* this.#changeTool(operation.tool);
      machine.blockNumber.set(i + 1);
      machine.block.set(`N${10 * (i + 1)} ${operation.title.toUpperCase()}`);
      if (operation.process === "mill") yield* this.#mill(operation);
      else yield* this.#turn(operation);
    }
    yield* this.#toolAway();
    this.#end();
  }

  /** After an abort: axes at rest, spindles off, tool out of the way, whatever keys are pressed meanwhile. */
  *retreat(): Body {
    const machine = this.#machine;
    const { machineState, alarmed } = machine.control;
    machineState.go(alarmed ? "Alarm" : "Rapid");
    yield* complete(machine, machine.machining.halt());
    machine.setCoolant(false);
    yield* complete(machine, Math.max(machine.machining.brake(), machine.machining.retract()));
    machine.machining.rest();
    machine.machining.homeChanger();
    this.#end();
    if (!machine.control.alarmed) machineState.go("Ready");
  }

  #end(): void {
    this.#machine.screw.move(0);
    this.#machine.blockNumber.set(0);
    this.#machine.block.set("");
  }

  /** Chip to chip: brake, change, and the next tool is at its speed again; the changer itself is what is drawn. */
  *#changeTool(number: number): Body {
    const machine = this.#machine;
    const { context, model } = machine;
    const tool = String(number);
    const from = machine.machining.toolNumber.value;
    if (from === tool) return;
    yield* this.#toolAway();
    machine.control.machineState.go("ToolChange");
    machine.machining.toolNumber.set("");
    const { chipToChip_s, scatter_s } = model.toolChange;
    const span_s =
      chipToChip_s + uniform(-scatter_s, scatter_s)(this.#changer) + machine.machining.changerDelay.value;
    machine.machining.changerTime.set(context.now_s, 0);
    machine.machining.changerTime.ramp(context.now_s, 1);
    // A tool that is on its way into the spindle gets there, hold or not.
    yield* complete(machine, span_s);
    machine.machining.changerTime.set(context.now_s, span_s);
    machine.machining.toolNumber.set(tool);
    context.events.emit(() => ({
      kind: "tool-change",
      source: "tool-number",
      message: `tool ${from === "" ? "-" : from} -> ${tool}`,
      severity: EVENT_SEVERITY.routine,
      fields: { from, to: tool, ...context.events.circumstances() },
    }));
    yield* machine.control.settle();
  }

  *#toolAway(): Body {
    const machine = this.#machine;
    machine.control.machineState.go("Rapid");
    machine.setCoolant(false);
    while (yield Math.max(machine.machining.brake(), machine.machining.retract())) yield* this.#halt();
    machine.machining.rest();
  }

  *#mill(operation: MillingOperation): Body {
    const machine = this.#machine;
    const { machineState } = machine.control;
    const { above, near, begin } = this.#approach(operation);
    machineState.go("Rapid");
    const spindle = machine.machining.spindleOf(operation);
    while (
      yield Math.max(machine.machining.turn(operation.spindle_rpm, spindle), machine.machining.move(above))
    )
      yield* this.#halt();
    machine.setCoolant(true);
    while (yield machine.machining.move(near)) yield* this.#halt();
    machineState.go("Cutting");
    while (yield machine.machining.move(begin, operation.feed_mm_min)) yield* this.#halt();
    yield* this.#passes(operation);
    machine.machining.release();
    machineState.go("Rapid");
    while (yield machine.machining.retract()) yield* this.#halt();
    machine.machining.rest();
  }

  /** The same for each part, so that it is laid out once. */
  #approach(operation: MillingOperation): Approach {
    const known = this.#approaches.get(operation);
    if (known) return known;
    const [along, across, into] = millingFrame(this.#machine.model);
    const begin = beginOf(operation);
    const approach = {
      above: { [along]: begin[along], [across]: begin[across], ...operation.tilt },
      near: { [into]: begin[into] + CLEARANCE_MM },
      begin: { [into]: begin[into] },
    };
    this.#approaches.set(operation, approach);
    return approach;
  }

  /** All passes of an operation at once; after a hold or an override, the rest of that pass and then the others. */
  *#passes(operation: MillingOperation): Body {
    const machine = this.#machine;
    const { context } = machine;
    for (let pass = 0; pass < operation.passes; pass++) {
      const train = machine.machining.mill(operation, pass);
      if (!(yield train.end_s - context.now_s)) return;
      pass += train.passAt(context.now_s);
      const steppingOver = train.ageAt(context.now_s) >= train.pass_s;
      yield* this.#halt();
      if (!steppingOver) {
        const end = machine.machining.milledPlace(operation, pass, true);
        while (yield machine.machining.cutTo(operation, pass, end)) yield* this.#halt();
      }
      machine.machining.release();
      if (pass + 1 < operation.passes) {
        const target = machine.machining.milledPlace(operation, pass + 1, false);
        while (yield machine.machining.move(target, operation.feed_mm_min)) yield* this.#halt();
      }
    }
  }

  *#turn(operation: TurningOperation): Body {
    const machine = this.#machine;
    const { machineState } = machine.control;
    const { depth_mm, diameter_mm, length_mm, passes, z_mm } = operation;
    for (let pass = 0; pass < passes; pass++) {
      const radius_mm = diameter_mm / 2 - depth_mm * (pass + 1);
      const away: Place = { x: radius_mm + depth_mm + CLEARANCE_MM };
      machineState.go("Rapid");
      const speed_rpm = machine.machining.speedOf(operation, pass);
      const near = { ...away, z: z_mm + CLEARANCE_MM };
      while (yield Math.max(machine.machining.turn(speed_rpm), machine.machining.move(near)))
        yield* this.#halt();
      machine.setCoolant(true);
      while (yield machine.machining.move({ x: radius_mm })) yield* this.#halt();
      machineState.go("Cutting");
      while (yield machine.machining.cutTo(operation, pass, { z: z_mm - length_mm })) yield* this.#halt();
      machine.machining.release();
      machineState.go("Rapid");
      while (yield machine.machining.move(away)) yield* this.#halt();
    }
    while (yield machine.machining.retract()) yield* this.#halt();
    machine.machining.rest();
  }

  /** When it is held, axes come to rest and the machine waits until it may go on; else it was an override. */
  *#halt(): Body {
    const machine = this.#machine;
    if (machine.control.goesOn) return;
    yield* complete(machine, machine.machining.halt());
    machine.machining.rest();
    yield* machine.control.settle();
  }
}

/** Of the cuts of a program, weighted with their time; what heats the ball screws. */
function meanFeed_mm_min({ workpiece }: CncMachine): number {
  let [way_mm, time_min] = [0, 0];
  for (const operation of workpiece.program.operations) {
    const feed_mm_min = operation.process === "mill" ? operation.feed_mm_min : 200;
    way_mm += operation.passes * operation.length_mm;
    time_min += (operation.passes * operation.length_mm) / feed_mm_min;
  }
  return way_mm / time_min;
}
