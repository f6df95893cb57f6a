import type { Unit } from "../equipment/unit.ts";
import type { CellObserver } from "../plant/cell.ts";
import type { Plant } from "../plant/plant.ts";
import { sample, type SignalValue } from "../signal/signal.ts";
import type { PollGroup } from "../signal/poll-group.ts";
import type { Plan } from "./plan.ts";
import {
  Envelope,
  joinSeries,
  StateTrack,
  type Recording,
  type RecordingPlan,
  type Series,
  type SeriesPlan,
  type StateBand,
} from "./recording.ts";

/** The signal that shows what a unit does just now. */
const STATE = "machine-state";
/** Ticks of a run at which a signal is looked at; a longer run leaves some out. */
const LOOKS_MAX = 20_000;
/** The same of all signals together, which takes a second or two. */
const ALL_LOOKS_MAX = 1_300_000;
/** Stretches that a series keeps, and all together. */
const STRETCHES_MAX = 1000;
const ALL_STRETCHES_MAX = 100_000;

/**
 * Writes down what a plant does, for reports: states of units, and signals as their controllers sample them. It looks
 * on as checks do, so that digest and events are those of a run without it. Make it before time moves.
 */
export class Recorder {
  readonly #tracks: readonly { readonly unit: string; readonly track: StateTrack }[];
  readonly #recorders: readonly UnitRecorder[];

  /** @param plan  a host's part; what is to be recorded may be of other parts as well */
  constructor(recording: RecordingPlan, { units, duration_s }: Plan, plant: Plant) {
    const own = units.map(({ name }) => name);
    this.#tracks = own
      .filter((name) => recording.units.has(name))
      .flatMap((name) => track(plant.unit(name)) ?? []);
    const count = recording.series.length;
    const grain: Grain = {
      duration_s,
      looks: Math.min(LOOKS_MAX, Math.floor(ALL_LOOKS_MAX / count)),
      stretches: Math.min(STRETCHES_MAX, Math.floor(ALL_STRETCHES_MAX / count)),
    };
    const wanted = Map.groupBy(recording.series, ({ unit }) => unit);
    this.#recorders = own.flatMap((name) => {
      const series = wanted.get(name);
      return series ? plant.observe(name, (unit) => new UnitRecorder(unit, series, grain)) : [];
    });
  }

  /** Call it once, when the plant has reached the end of the run. */
  finish(end_s: number): Recording {
    for (const recorder of this.#recorders) recorder.settle(end_s);
    return {
      bands: this.#tracks.map(({ unit, track }): StateBand => track.finish(end_s, unit)),
      series: this.#recorders.flatMap((recorder) => recorder.series),
    };
  }
}

/** Listens to the states of a unit; undefined for one that has none. */
function track(unit: Unit): { readonly unit: string; readonly track: StateTrack } | undefined {
  const signal = unit.groups.flatMap(({ signals }) => signals).find(({ id }) => id === STATE);
  if (!signal || !("history" in signal)) return undefined;
  const states = new StateTrack(String(signal.history.at(0)));
  unit.context.events.listen(({ kind, source, fields, time_s }) => {
    if (kind === "state" && source === STATE) states.go(time_s, String(fields["to"]));
  });
  return { unit: unit.context.name, track: states };
}

/** How finely series are written down. */
interface Grain {
  readonly duration_s: number;
  readonly looks: number;
  readonly stretches: number;
}

interface Channel {
  readonly plan: SeriesPlan;
  readonly title: string;
  readonly symbol: string;
  readonly poll: PollGroup;
  /** Ticks from one look to the next. */
  readonly stride: number;
  readonly read: (time_s: number, tick: number) => SignalValue;
  readonly envelope: Envelope;
  tick: number;
}

/** The signals of one unit, beside the calendar of its cell. */
class UnitRecorder implements CellObserver {
  next_s = Infinity;
  readonly #channels: readonly Channel[];

  constructor(unit: Unit, series: readonly SeriesPlan[], grain: Grain) {
    const judged = new Map(unit.conditions.map(({ head }) => [head.id, head.signal]));
    const resolved = series.map((it) => ({ ...it, signal: judged.get(it.signal) ?? it.signal }));
    this.#channels = joinSeries(resolved).flatMap((plan) => channelOf(unit, plan, grain) ?? []);
    this.#plotNext();
  }

  get series(): readonly Series[] {
    return this.#channels.map(({ plan, title, symbol, envelope }) => ({
      ...plan,
      ...{ title, symbol },
      ...envelope.points,
    }));
  }

  settle(time_s: number): void {
    if (time_s < this.next_s) return;
    for (const channel of this.#channels) {
      const { poll, read, envelope, stride } = channel;
      for (let at_s = poll.timeOf(channel.tick); at_s <= time_s; at_s = poll.timeOf(channel.tick)) {
        const value = read(at_s, channel.tick);
        if (typeof value === "number") envelope.add(at_s, value);
        channel.tick += stride;
      }
    }
    this.#plotNext();
  }

  #plotNext(): void {
    this.next_s = Math.min(...this.#channels.map(({ poll, tick }) => poll.timeOf(tick)));
  }
}

/** A signal, or what nothing measures but checks can read; undefined for what the unit has not. */
function channelOf(
  unit: Unit,
  plan: SeriesPlan,
  { duration_s, looks, stretches }: Grain,
): Channel | undefined {
  const group = unit.groups.find(({ signals }) => signals.some(({ id }) => id === plan.signal));
  const truth = unit.truths.get(plan.signal);
  const poll = group?.poll ?? (truth && unit.groups[0]?.poll);
  if (!poll) return undefined;
  const stride = duration_s === Infinity ? 1 : Math.ceil(duration_s / poll.period_s / looks);
  const common = { plan, poll, stride, envelope: new Envelope(poll.period_s, stretches), tick: 0 };
  const signal = group?.signals.find(({ id }) => id === plan.signal);
  if (!signal) {
    const read = (time_s: number): number => truth!.value(time_s);
    return { ...common, title: plan.signal, symbol: "", read };
  }
  const symbol = "truth" in signal ? (signal.unit?.symbol ?? "") : "";
  const read = (time_s: number, tick: number): SignalValue => sample(signal, time_s, tick);
  return { ...common, title: signal.title, symbol, read };
}
