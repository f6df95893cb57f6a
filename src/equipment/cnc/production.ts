import { lognormal, uniform } from "../../engine/distribution.ts";
import type { Body } from "../../engine/process.ts";
import type { RandomStream } from "../../engine/random.ts";
import type { CncMachine } from "./cnc-machine.ts";
import { cut } from "./cutting.ts";
import type { Operation } from "./part-program.ts";

/** Height above the material at which rapid traverse ends, mm. */
const CLEARANCE_MM = 2;
/** A shift does not begin in step: each machine starts its first part within this time. */
const FIRST_START_MAX_S = 10;

/** A machine's working life: part after part. The first one is clamped already. */
export function* produce(machine: CncMachine): Body {
  const { key } = machine.context;
  const handling = key.child("handling").stream();
  const changer = key.child("tool-change").stream();
  yield uniform(0, FIRST_START_MAX_S)(key.child("first-start").stream());
  for (;;) {
    yield* runProgram(machine, changer);
    yield* unload(machine, handling);
    yield* load(machine, handling);
  }
}

function* load(machine: CncMachine, stream: RandomStream): Body {
  const { median_s, logDeviation } = machine.model.handling.load;
  machine.machineState.go("Loading");
  yield lognormal(median_s, logDeviation)(stream);
}

function* unload(machine: CncMachine, stream: RandomStream): Body {
  const { median_s, logDeviation } = machine.model.handling.unload;
  machine.machineState.go("Unloading");
  yield lognormal(median_s, logDeviation)(stream);
}

function* runProgram(machine: CncMachine, changer: RandomStream): Body {
  machine.programState.go("Initializing");
  machine.programState.go("Running");
  machine.channelState.go("Active");
  machine.itemState.go("Executing");
  for (const operation of machine.workpiece.program.operations) {
    yield* changeTool(machine, String(operation.tool), changer);
    yield* operate(machine, operation);
  }
  yield* stopSpindle(machine);
  machine.programState.go("Ended");
  machine.channelState.go("Reset");
  machine.itemState.go("NotExecuting");
  machine.partsProduced.set(machine.partsProduced.value + 1);
}

/** Chip to chip: brake, change, and the next tool is at its speed again; the changer itself is what is drawn. */
function* changeTool(machine: CncMachine, tool: string, stream: RandomStream): Body {
  if (machine.toolNumber.value === tool) return;
  const { chipToChip_s, scatter_s } = machine.model.toolChange;
  yield* stopSpindle(machine);
  machine.machineState.go("ToolChange");
  machine.toolNumber.set("");
  yield chipToChip_s + uniform(-scatter_s, scatter_s)(stream);
  machine.toolNumber.set(tool);
}

function* stopSpindle(machine: CncMachine): Body {
  machine.machineState.go("Rapid");
  machine.setCoolant(false);
  yield Math.max(machine.turn(0), machine.move({ z: 0 }));
  machine.rest();
}

function* operate(machine: CncMachine, operation: Operation): Body {
  const { program, material } = machine.workpiece;
  const load = cut(operation, program.tools[operation.tool]!, material);
  const [x, y, z] = operation.at;
  machine.machineState.go("Rapid");
  yield Math.max(machine.turn(operation.spindle_rpm), machine.move({ x, y }));
  machine.setCoolant(true);
  yield machine.move({ z: z + CLEARANCE_MM });
  machine.machineState.go("Cutting");
  yield machine.move({ z }, operation.feed_mm_min);
  yield machine.mill(operation, load);
  machine.release();
  machine.machineState.go("Rapid");
  yield machine.move({ z: 0 });
  machine.rest();
}
