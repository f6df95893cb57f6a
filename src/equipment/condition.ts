import { PRIORITY, type Handle } from "../engine/calendar.ts";
import { Limit, type LimitBounds } from "../signal/limit.ts";
import type { Quantity } from "../signal/quantity.ts";
import { Measured } from "../signal/sensor.ts";
import type { SignalValue } from "../signal/signal.ts";
import type { Timeline } from "../signal/timeline.ts";
import { DONE, REFUSAL, refuse, type CommandOutcome } from "./command.ts";
import type { Register } from "./register.ts";
import { EVENT_SEVERITY } from "./unit-events.ts";
import type { UnitContext } from "./unit-context.ts";

/** What a condition is called, says and weighs; as the port describes it. */
export interface ConditionHead {
  /** Also the id of the signal that shows whether it is active. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** What the controller shows while it is active. */
  readonly message: string;
  /** The controller's alarm number. */
  readonly code: string;
  /** While active; 1 to 1000. */
  readonly severity: number;
  readonly category: "process" | "maintenance" | "safety" | "system";
  /** The signal that it judges. */
  readonly signal: string;
}

export type Shelving = "unshelved" | "timed-shelved" | "one-shot-shelved";

/** What a client may do to a condition, and with which words. */
export interface ConditionNote {
  readonly comment: string;
  /** Whoever says it; "" when unknown. */
  readonly by: string;
}

/**
 * A condition of a unit (OPC UA Part 9). Whether it is active follows a limit on a measured quantity and nothing
 * else: no fault and no operator sets it. Acknowledged, confirmed, shelved and comment are what people do about it.
 *
 * States: *inactive* -> *active, to be acknowledged* -> *acknowledged, to be confirmed* -> *confirmed*. Going
 * inactive changes none of the latter two; becoming active again asks for both anew. There is one life, no branches.
 */
export class Condition {
  readonly head: ConditionHead;
  readonly #context: UnitContext;
  readonly #active: Register<boolean>;
  readonly #acknowledged: Register<boolean>;
  readonly #confirmed: Register<boolean>;
  readonly #shelving: Register<Shelving>;
  readonly #comment: Register<string>;
  #commentBy = "";
  #changed_s = 0;
  #unshelve: Handle | undefined;
  #unshelves_s: number | undefined;
  readonly #listeners: (() => void)[] = [];

  constructor(context: UnitContext, head: ConditionHead, quantity: Quantity, bounds: LimitBounds) {
    this.head = head;
    this.#context = context;
    this.#active = context.register<boolean>(head.id, false);
    this.#acknowledged = context.register<boolean>(`${head.id}/acknowledged`, true);
    this.#confirmed = context.register<boolean>(`${head.id}/confirmed`, true);
    this.#shelving = context.register<Shelving>(`${head.id}/shelving`, "unshelved");
    this.#comment = context.register<string>(`${head.id}/comment`, "");
    const measured = new Measured(quantity, context.sensors.of(head.signal));
    context.sensors.watch(head.signal, { condition: head.id, direction: bounds.direction });
    new Limit(context.simulation, measured, bounds, (violated) => this.#switch(violated));
  }

  get active(): boolean {
    return this.#active.value;
  }

  get acknowledged(): boolean {
    return this.#acknowledged.value;
  }

  get confirmed(): boolean {
    return this.#confirmed.value;
  }

  get shelving(): Shelving {
    return this.#shelving.value;
  }

  get comment(): string {
    return this.#comment.value;
  }

  get commentBy(): string {
    return this.#commentBy;
  }

  /** Whether it is active, over time. */
  get history(): Timeline<SignalValue> {
    return this.#active.history;
  }

  /** Plant time of the last change of anything, 0 before the first. */
  get changed_s(): number {
    return this.#changed_s;
  }

  /** Plant time of the last change of `active`, 0 before the first. */
  get activeChanged_s(): number {
    return Math.max(this.#active.history.lastStart_s, 0);
  }

  /** Plant time at which it is unshelved by itself; undefined when nothing but people or its end does that. */
  get unshelves_s(): number | undefined {
    return this.#unshelves_s;
  }

  /** Calls `listener` after it went active or inactive. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  acknowledge(note: ConditionNote): CommandOutcome {
    if (this.acknowledged) return refuse(REFUSAL.alreadyAcknowledged, `${this.head.id} is acknowledged`);
    this.#acknowledged.set(true);
    this.#note(note);
    return this.#tell("acknowledged");
  }

  confirm(note: ConditionNote): CommandOutcome {
    if (this.confirmed) return refuse(REFUSAL.alreadyConfirmed, `${this.head.id} is confirmed`);
    if (!this.acknowledged) return refuse(REFUSAL.invalidState, `${this.head.id} is not acknowledged yet`);
    this.#confirmed.set(true);
    this.#note(note);
    return this.#tell("confirmed");
  }

  addComment(note: ConditionNote): CommandOutcome {
    this.#note(note);
    return this.#tell("commented");
  }

  /**
   * Takes it off people's lists: for a time, or, without one, until it is inactive next.
   *
   * @param duration_s  above 0
   */
  shelve(duration_s?: number): CommandOutcome {
    const wanted = duration_s === undefined ? "one-shot-shelved" : "timed-shelved";
    if (wanted === this.shelving) return refuse(REFUSAL.alreadyShelved, `${this.head.id} is ${wanted}`);
    if (duration_s !== undefined && !(duration_s > 0)) {
      return refuse(REFUSAL.shelvingTimeOutOfRange, `a condition cannot be shelved for ${duration_s} s`);
    }
    this.#setShelving(wanted);
    if (duration_s !== undefined) {
      const fire = (): void => void this.unshelve();
      this.#unshelves_s = this.#context.now_s + duration_s;
      this.#unshelve = this.#context.simulation.scheduleAt({ fire }, this.#unshelves_s, PRIORITY.late);
    }
    return this.#tell(wanted);
  }

  unshelve(): CommandOutcome {
    if (this.shelving === "unshelved") return refuse(REFUSAL.notShelved, `${this.head.id} is not shelved`);
    this.#setShelving("unshelved");
    return this.#tell("unshelved");
  }

  #setShelving(shelving: Shelving): void {
    if (this.#unshelve !== undefined) this.#context.simulation.cancel(this.#unshelve);
    this.#unshelve = this.#unshelves_s = undefined;
    this.#shelving.set(shelving);
  }

  #switch(active: boolean): void {
    this.#active.set(active);
    if (active) {
      this.#acknowledged.set(false);
      this.#confirmed.set(false);
    } else if (this.shelving === "one-shot-shelved") this.#setShelving("unshelved");
    this.#tell(active ? "active" : "inactive");
    for (const listener of this.#listeners) listener();
  }

  #note({ comment, by }: ConditionNote): void {
    if (comment === "") return;
    this.#comment.set(comment);
    this.#commentBy = by;
  }

  #tell(change: string): CommandOutcome {
    this.#changed_s = this.#context.now_s;
    const { id, message, code, severity, title } = this.head;
    const { active, acknowledged, confirmed, shelving, comment, commentBy } = this;
    this.#context.events.emit(() => ({
      kind: "condition",
      source: id,
      message: active ? message : `${title}: back to normal`,
      severity: active ? severity : EVENT_SEVERITY.notable,
      fields: { change, active, acknowledged, confirmed, shelving, code, comment, "comment-by": commentBy },
    }));
    return DONE;
  }
}
