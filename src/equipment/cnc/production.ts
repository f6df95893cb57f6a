import { lognormal, uniform } from "../../engine/distribution.ts";
import { Interrupt, type Body } from "../../engine/process.ts";
import type { RandomStream } from "../../engine/random.ts";
import { EVENT_SEVERITY } from "../unit-events.ts";
import type { CncMachine } from "./cnc-machine.ts";
import { Aborted } from "./control.ts";
import { cut, type Cut } from "./cutting.ts";
import type { Operation } from "./part-program.ts";

/** Height above the material at which rapid traverse ends, mm. */
const CLEARANCE_MM = 2;
/** A shift does not begin in step: each machine starts its first part within this time. */
const FIRST_START_MAX_S = 10;

/**
 * A machine's working life: part after part, of the job order that is due or else of the selected program. The
 * first one is clamped already.
 */
export function* produce(machine: CncMachine): Body {
  const { key } = machine.context;
  const handling = key.child("handling").stream();
  const changer = key.child("tool-change").stream();
  yield* take(machine, uniform(0, FIRST_START_MAX_S)(key.child("first-start").stream()));
  for (let first = true; ; first = false) {
    yield* machine.control.permit();
    if (!first) yield* load(machine, handling);
    yield* machine.control.permit();
    yield* makePart(machine, changer);
    yield* machine.control.permit();
    yield* unload(machine, handling);
  }
}

function* load(machine: CncMachine, stream: RandomStream): Body {
  const { median_s, logDeviation } = machine.model.handling.load;
  machine.control.machineState.go("Loading");
  yield* take(machine, lognormal(median_s, logDeviation)(stream));
}

function* unload(machine: CncMachine, stream: RandomStream): Body {
  const { median_s, logDeviation } = machine.model.handling.unload;
  machine.control.machineState.go("Unloading");
  yield* take(machine, lognormal(median_s, logDeviation)(stream));
}

/** One part; when its program is aborted, the tool retreats and the part stays where it is. */
function* makePart(machine: CncMachine, changer: RandomStream): Body {
  machine.selectWork();
  machine.control.begin();
  try {
    yield* runProgram(machine, changer);
  } catch (error) {
    if (!(error instanceof Aborted)) throw error;
    yield* retreat(machine);
    return;
  }
  machine.control.end();
  machine.finishPart();
}

function* runProgram(machine: CncMachine, changer: RandomStream): Body {
  for (const operation of machine.workpiece.program.operations) {
    yield* changeTool(machine, String(operation.tool), changer);
    yield* operate(machine, operation);
  }
  yield* stopSpindle(machine);
}

/** Chip to chip: brake, change, and the next tool is at its speed again; the changer itself is what is drawn. */
function* changeTool(machine: CncMachine, tool: string, stream: RandomStream): Body {
  const from = machine.toolNumber.value;
  if (from === tool) return;
  const { chipToChip_s, scatter_s } = machine.model.toolChange;
  yield* stopSpindle(machine);
  machine.control.machineState.go("ToolChange");
  machine.toolNumber.set("");
  // A tool that is on its way into the spindle gets there, hold or not.
  yield* complete(machine, chipToChip_s + uniform(-scatter_s, scatter_s)(stream));
  machine.toolNumber.set(tool);
  machine.context.events.emit(() => ({
    kind: "tool-change",
    source: "tool-number",
    message: `tool ${from === "" ? "-" : from} -> ${tool}`,
    severity: EVENT_SEVERITY.routine,
    fields: { from, to: tool, ...machine.context.events.circumstances() },
  }));
  yield* machine.control.settle();
}

function* stopSpindle(machine: CncMachine): Body {
  machine.control.machineState.go("Rapid");
  machine.setCoolant(false);
  yield* travel(machine, () => Math.max(machine.turn(0), machine.move({ z: 0 })));
  machine.rest();
}

function* operate(machine: CncMachine, operation: Operation): Body {
  const { program, material } = machine.workpiece;
  const { machineState } = machine.control;
  const load = cut(operation, program.tools[operation.tool]!, material);
  const [x, y, z] = operation.at;
  machineState.go("Rapid");
  yield* travel(machine, () => Math.max(machine.turn(operation.spindle_rpm), machine.move({ x, y })));
  machine.setCoolant(true);
  yield* travel(machine, () => machine.move({ z: z + CLEARANCE_MM }));
  machineState.go("Cutting");
  yield* travel(machine, () => machine.move({ z }, operation.feed_mm_min));
  yield* mill(machine, operation, load);
  machine.release();
  machineState.go("Rapid");
  yield* travel(machine, () => machine.move({ z: 0 }));
  machine.rest();
}

/** All passes of an operation at once; after a hold, the rest of that pass and then the others. */
function* mill(machine: CncMachine, operation: Operation, load: Cut): Body {
  const { context } = machine;
  for (let pass = 0; pass < operation.passes; pass++) {
    const train = machine.mill(operation, load, pass);
    if (yield* undisturbed(train.end_s - context.now_s)) return;
    pass += train.passAt(context.now_s);
    const steppingOver = train.ageAt(context.now_s) >= train.pass_s;
    yield* halt(machine);
    if (!steppingOver) yield* travel(machine, () => machine.finishPass(operation, load, pass));
    if (pass + 1 < operation.passes) yield* travel(machine, () => machine.stepTo(operation, pass + 1));
  }
}

/** Lets a move begin and waits for its end; after a hold, what is left of it begins anew. */
function* travel(machine: CncMachine, begin: () => number): Body {
  while (!(yield* undisturbed(begin()))) yield* halt(machine);
}

/** Something that a hold does not stop, but behind which it waits. */
function* take(machine: CncMachine, span_s: number): Body {
  yield* complete(machine, span_s);
  yield* machine.control.settle();
}

/** Axes come to rest, then the machine waits until it may go on. */
function* halt(machine: CncMachine): Body {
  yield* complete(machine, machine.halt());
  machine.rest();
  yield* machine.control.settle();
}

/** After an abort: axes at rest, spindle off, tool out of the way, whatever keys are pressed meanwhile. */
function* retreat(machine: CncMachine): Body {
  yield* complete(machine, machine.halt());
  machine.setCoolant(false);
  yield* complete(machine, Math.max(machine.turn(0), machine.move({ z: 0 })));
  machine.rest();
  machine.control.machineState.go("Ready");
}

/** Waits to the end of a span, interrupts or not. */
function* complete(machine: CncMachine, span_s: number): Body {
  const end_s = machine.context.now_s + span_s;
  for (
    let left_s = span_s;
    !(yield* undisturbed(left_s));
    left_s = Math.max(0, end_s - machine.context.now_s)
  );
}

/** @returns false when an interrupt came first */
function* undisturbed(span_s: number): Body<boolean> {
  try {
    yield span_s;
    return true;
  } catch (error) {
    if (error instanceof Interrupt) return false;
    throw error;
  }
}
