import { lognormal } from "../../engine/distribution.ts";
import type { Event } from "../../engine/event.ts";
import type { Body } from "../../engine/process.ts";
import type { CncMachine } from "./cnc-machine.ts";
import { watchConditions, type Watched } from "./conditions.ts";
import type { Organisation } from "./organisation.ts";

/**
 * What follows from alarms: the control holds or stops the machine by each condition's reaction, and when none of
 * them holds it any more, somebody comes, replaces a broken tool, and starts it again.
 */
export class Attendance {
  readonly watched: readonly Watched[];
  readonly #machine: CncMachine;
  readonly #organisation: Organisation;
  /** Conditions, and repairs, that keep the machine from going on. */
  readonly #blocking = new Set<object>();
  #changed: Event<undefined>;

  constructor(machine: CncMachine, organisation: Organisation) {
    this.#machine = machine;
    this.#organisation = organisation;
    this.#changed = machine.context.simulation.event();
    this.watched = watchConditions(machine);
    for (const watched of this.watched) {
      watched.condition.onChange(() => this.#react(watched));
    }
  }

  /** Whether anything keeps the machine from going on. */
  get blocked(): boolean {
    return this.#blocking.size > 0;
  }

  /** A repair is under way: the machine stands, whatever its conditions say. @returns ends it */
  beginRepair(cause: string): () => void {
    const repair = {};
    this.#block(repair, "end-of-cycle", cause);
    return () => this.#unblock(repair);
  }

  /** The one who looks after the machine: waits for it to be stopped, and for nothing to hold it any more. */
  *attend(): Body {
    const { context, control } = this.#machine;
    const { median_min, logDeviation } = this.#organisation.response;
    const response_s = lognormal(60 * median_min, logDeviation);
    const stream = context.key.child("response").stream();
    for (;;) {
      while (!control.alarmed) yield this.#changed;
      // Whoever comes fills up and replaces broken tools, and waits when that does not help.
      yield response_s(stream);
      this.#serve();
      while (this.blocked) yield this.#changed;
      control.release("alarm", "alarm cleared");
    }
  }

  #serve(): void {
    const machine = this.#machine;
    machine.auxiliaries.refill();
    for (const { number, locked } of machine.machining.magazine.values()) {
      // The one in the cut of a part that comes to its end first is replaced after it.
      if (locked.value) machine.changeTool(number);
    }
  }

  #react({ condition, reaction }: Watched): void {
    // The control does not call a tool again that it takes for broken.
    if (condition.active && condition.head.id === "tool-breakage")
      this.#machine.machining.tool?.locked.set(true);
    if (!condition.active) this.#unblock(condition);
    else if (reaction !== "none") this.#block(condition, reaction, condition.head.message);
  }

  #block(by: object, reaction: "feed-hold" | "end-of-cycle" | "stop", cause: string): void {
    const { control } = this.#machine;
    this.#blocking.add(by);
    if (reaction === "feed-hold" && control.running) control.hold("alarm", cause);
    else if (reaction === "stop") {
      const { running } = control;
      if (control.stop("alarm", cause).done && running) this.#machine.scrapPart();
    } else control.stopAfterPart("alarm");
    this.#announce();
  }

  #unblock(by: object): void {
    if (this.#blocking.delete(by)) this.#announce();
  }

  #announce(): void {
    const changed = this.#changed;
    this.#changed = this.#machine.context.simulation.event();
    changed.succeed(undefined);
  }
}
