import { Feed, type FeedFault } from "../signal/feed.ts";
import { Sensor, type SensorFault } from "../signal/sensor.ts";
import type { PollGroup } from "../signal/poll-group.ts";
import type { NumericSignal, Signal } from "../signal/signal.ts";
import type { Chronicle } from "./chronicle.ts";

/** What a poll of the machine's controller reads together. */
export interface SignalGroup {
  readonly poll: PollGroup;
  readonly signals: readonly Signal[];
  readonly feed: Feed;
}

/** A number of a unit that a sensor measures, with the group that polls it. */
export interface MeasuringPoint {
  readonly signal: NumericSignal & { readonly range: NonNullable<NumericSignal["range"]> };
  readonly poll: PollGroup;
}

/** A condition that judges a signal. */
interface Watcher {
  readonly condition: string;
  readonly direction: "above" | "below";
}

/** The sensors and feeds of one unit. Whatever is wrong with them, and when, is chained into the digest. */
export class Sensors {
  readonly #keep_s: number;
  readonly #chronicle: Chronicle;
  readonly #now: () => number;
  readonly #sensors = new Map<string, Sensor>();
  readonly #watchers = new Map<string, Watcher[]>();
  readonly #groups: SignalGroup[] = [];

  /** @param keep_s  how far back a sample may be asked for. @param now  plant time in seconds */
  constructor(keep_s: number, chronicle: Chronicle, now: () => number) {
    this.#keep_s = keep_s;
    this.#chronicle = chronicle;
    this.#now = now;
  }

  /** The sensor of a signal, which need not be there yet: conditions are made before what is published. */
  of(signal: string): Sensor {
    const known = this.#sensors.get(signal) ?? new Sensor(this.#keep_s);
    this.#sensors.set(signal, known);
    return known;
  }

  /** A poll group whose numbers go through their sensors. */
  group(poll: PollGroup, signals: readonly Signal[]): SignalGroup {
    const group = {
      poll,
      signals: signals.map((it) => ("truth" in it ? { ...it, sensor: this.of(it.id) } : it)),
      feed: new Feed(poll, this.#keep_s),
    };
    this.#groups.push(group);
    return group;
  }

  get groups(): readonly SignalGroup[] {
    return this.#groups;
  }

  /** A condition judges a signal. */
  watch(signal: string, watcher: Watcher): void {
    this.#watchers.set(signal, [...this.watchers(signal), watcher]);
  }

  watchers(signal: string): readonly Watcher[] {
    return this.#watchers.get(signal) ?? [];
  }

  /** Undefined for what the unit does not have, and for what is no number with a range. */
  point(id: string): MeasuringPoint | undefined {
    return this.points.find(({ signal }) => signal.id === id);
  }

  /** All numbers with a range. */
  get points(): readonly MeasuringPoint[] {
    return this.#groups.flatMap(({ poll, signals }) =>
      signals.flatMap((signal) =>
        "truth" in signal && signal.range ? [{ signal: { ...signal, range: signal.range }, poll }] : [],
      ),
    );
  }

  falsify(signal: string, fault: SensorFault): void {
    this.#record(`${signal}/sensor`, "begins", fault);
    this.of(signal).add(this.#now(), fault);
  }

  /** Takes a fault back; one that is not there changes nothing. */
  restore(signal: string, fault: SensorFault): void {
    const sensor = this.of(signal);
    if (!sensor.at(this.#now()).includes(fault)) return;
    this.#record(`${signal}/sensor`, "ends", fault);
    sensor.remove(this.#now(), fault);
  }

  disturb({ poll, feed }: SignalGroup, fault: FeedFault): void {
    this.#record(`${poll.id}/feed`, "begins", fault);
    feed.add(this.#now(), fault);
  }

  settle({ poll, feed }: SignalGroup, fault: FeedFault): void {
    if (!feed.at(this.#now()).includes(fault)) return;
    this.#record(`${poll.id}/feed`, "ends", fault);
    feed.remove(this.#now(), fault);
  }

  #record(id: string, what: string, { parameters }: SensorFault | FeedFault): void {
    this.#chronicle.chain(id)(this.#now(), [what, ...parameters]);
  }
}
