import { lognormal } from "../../engine/distribution.ts";
import { log, pow } from "../../engine/math.ts";
import type { Body } from "../../engine/process.ts";
import type { RandomStream } from "../../engine/random.ts";
import type { FaultInjection } from "../fault-injection.ts";
import type { FaultKind, Reliability } from "../fault-kind.ts";
import type { Attendance } from "./attendance.ts";
import type { CncMachine } from "./cnc-machine.ts";

/** At most this share of its characteristic life has a part that wears out seen before a scenario begins. */
const AGE_MAX = 0.6;
/** How often a crew looks whether a fault has raised its alarm, once it is there in full. */
const LOOK_S = 60;
/** How long operating hours are waited for at once: while a machine stands, there are none. */
const LOOK_MAX_S = 3600;
/** Without an alarm somebody finds it after that. */
const FOUND_S = 14_400;
/** Until a crew is there. */
const CREW = { median_s: 900, logDeviation: 0.6 };

/** Faults that come by themselves, by their reliability, and the crew that repairs them. */
export class Maintenance {
  readonly #machine: CncMachine;
  readonly #faults: FaultInjection<CncMachine>;
  readonly #attendance: Attendance;

  constructor(machine: CncMachine, faults: FaultInjection<CncMachine>, attendance: Attendance) {
    this.#machine = machine;
    this.#faults = faults;
    this.#attendance = attendance;
  }

  /** A process for each kind that comes by itself. */
  start(): void {
    const { context } = this.#machine;
    for (const kind of this.#faults.kinds.values()) {
      const { reliability } = kind;
      if (reliability)
        context.simulation.process(`${context.name}: ${kind.id}`, this.#renew(kind, reliability));
    }
  }

  /** Life after life, each as good as new. */
  *#renew(kind: FaultKind<CncMachine>, reliability: Reliability): Body {
    const stream = this.#machine.context.key.child("reliability").child(kind.id).stream();
    let age_h = reliability.shape > 1 ? AGE_MAX * reliability.scale_h * stream.uniform() : 0;
    for (let number = 1; ; number++) {
      const life_h = residualLife_h(reliability, age_h, stream);
      age_h = 0;
      const warning_h = reliability.warning * reliability.scale_h;
      yield* this.#operate(Math.max(0, life_h - warning_h));
      const id = `${kind.id}-${number}`;
      const began_s = this.#machine.context.now_s;
      this.#faults.begin(kind, id, kind.parameters.parse({ severity: 1 }), 3600 * warning_h);
      yield* this.#operate(Math.min(warning_h, life_h), () => this.#alarmed(kind, began_s));
      yield* this.#noticed(kind, began_s);
      yield* this.#repair(kind, id, reliability, stream);
    }
  }

  /** Until the machine has worked off programs for so many hours, or there is no use in waiting any more. */
  *#operate(span_h: number, enough: () => boolean = () => false): Body {
    const { context, operationTime } = this.#machine;
    const due_h = operationTime.hours.value(context.now_s) + span_h;
    for (;;) {
      const left_h = due_h - operationTime.hours.value(context.now_s);
      if (left_h < 1e-6 || enough()) return;
      yield Math.min(Math.max(1, 3600 * left_h), LOOK_MAX_S);
    }
  }

  /** Its alarm is there, or somebody has found it without one. */
  *#noticed(kind: FaultKind<CncMachine>, began_s: number): Body {
    const { context } = this.#machine;
    const found_s = context.now_s + FOUND_S;
    while (context.now_s < found_s && !this.#alarmed(kind, began_s)) yield LOOK_S;
  }

  /** One of its alarms has come since then, whether it is still there or not. */
  #alarmed({ raises }: FaultKind<CncMachine>, began_s: number): boolean {
    return this.#attendance.watched.some(
      ({ condition }) => raises.includes(condition.head.id) && condition.activeChanged_s > began_s,
    );
  }

  *#repair(kind: FaultKind<CncMachine>, id: string, { repair }: Reliability, stream: RandomStream): Body {
    const { control } = this.#machine;
    const done = this.#attendance.beginRepair(`repair: ${kind.title}`);
    yield lognormal(CREW.median_s, CREW.logDeviation)(stream);
    // A part in work is finished first, where the alarm has left it running.
    while (control.running && !control.heldBy("alarm")) yield LOOK_S;
    this.#machine.repairing(1);
    yield 3600 * lognormal(repair.median_h, repair.logDeviation)(stream);
    this.#faults.clear(id);
    this.#machine.repairing(-1);
    done();
  }
}

/** Weibull life that is left after an age: η ((a / η)^β − ln U)^(1/β) − a, from the conditional distribution. */
function residualLife_h({ shape, scale_h }: Reliability, age_h: number, stream: RandomStream): number {
  return scale_h * pow(pow(age_h / scale_h, shape) - log(stream.uniform()), 1 / shape) - age_h;
}
