import type { RandomKey } from "../engine/random.ts";
import type { Simulation } from "../engine/simulation.ts";
import { PollGroup, type PollRhythm } from "../signal/poll-group.ts";
import { Quantity } from "../signal/quantity.ts";
import { sample, type Signal, type SignalValue } from "../signal/signal.ts";
import type { Anchored } from "../signal/trajectory.ts";
import type { UnitCommand } from "./command.ts";
import type { Chain, Chronicle } from "./chronicle.ts";
import { Register } from "./register.ts";
import { Sensors, type SignalGroup } from "./sensors.ts";
import { UnitEvents } from "./unit-events.ts";

/** The digest looks at every published value once in this span of plant time. */
const AUDIT_S = 600;

/**
 * A unit's place in the simulation. Quantities and registers are made here, so that nothing that a unit does
 * can escape the digest of its cell.
 */
export class UnitContext {
  readonly name: string;
  readonly simulation: Simulation;
  /** The unit's own random root, derived from its name. */
  readonly key: RandomKey;
  readonly events: UnitEvents;
  readonly sensors: Sensors;
  /** Told of every change of a register, after it; it must not change the unit. */
  onRegister: () => void = () => undefined;
  readonly #chronicle: Chronicle;
  readonly #keep_s: number;
  readonly #chainInput: Chain;

  /**
   * @param chronicle  of the unit's cell
   * @param keep_s     how far back a sample may be asked for: more than the slowest poll period
   */
  constructor(name: string, simulation: Simulation, key: RandomKey, chronicle: Chronicle, keep_s: number) {
    this.name = name;
    this.simulation = simulation;
    this.key = key;
    this.events = new UnitEvents(() => simulation.now_s);
    this.sensors = new Sensors(keep_s, chronicle, () => simulation.now_s);
    this.#chronicle = chronicle;
    this.#keep_s = keep_s;
    this.#chainInput = chronicle.chain("input");
  }

  get now_s(): number {
    return this.simulation.now_s;
  }

  /** A quantity whose every re-anchoring, time and parameters, is chained into the digest. */
  quantity<T extends Anchored = Anchored>(id: string, first: number | T): Quantity<T> {
    return new Quantity(id, this.#keep_s, first, { recorder: this.#chronicle.recorder(id) });
  }

  /** A power in kW, which keeps account of its energy in kJ. */
  power(id: string): Quantity {
    return new Quantity(id, this.#keep_s, 0, { recorder: this.#chronicle.recorder(id), isMetered: true });
  }

  /** A discrete value whose every change is chained into the digest. */
  register<T extends SignalValue>(id: string, first: T): Register<T> {
    const recorder = this.#chronicle.recorder(id);
    return new Register(this.simulation, this.#keep_s, first, (value) => {
      recorder.changed(this.now_s, value);
      this.onRegister();
    });
  }

  /** What the controller polls in this rhythm, its ticks drawn by the unit's key. */
  group(id: string, rhythm: PollRhythm, signals: readonly Signal[]): SignalGroup {
    return this.sensors.group(new PollGroup(id, rhythm, this.key.child("poll").child(id)), signals);
  }

  /** Chains an input from outside: what was asked, when, and as which of the cell's inputs. */
  recordInput(number: number, { name, arguments: given }: UnitCommand): void {
    const named = Object.keys(given)
      .sort()
      .flatMap((key) => [key, given[key]!]);
    this.#chainInput(this.now_s, [number, name, ...named]);
  }

  /** Chains every signal's published value now and then, so that derived values are held against it as well. */
  audit(groups: readonly SignalGroup[]): void {
    const chain = this.#chronicle.chain("audit");
    let count = 0;
    const fire = (): void => {
      const samples: SignalValue[] = [];
      for (const { poll, signals } of groups) {
        const tick = poll.lastTick(this.now_s);
        if (tick < 0) continue;
        for (const signal of signals) samples.push(sample(signal, poll.timeOf(tick), tick));
      }
      chain(this.now_s, samples);
      count++;
      this.simulation.scheduleAt({ fire }, count * AUDIT_S);
    };
    this.simulation.scheduleAt({ fire }, 0);
  }
}
