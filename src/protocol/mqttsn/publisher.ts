import type { RandomKey } from "../../engine/random.ts";
import {
  type DataSet,
  dataSetOfEvent,
  dataSetOfSample,
  type DataSetWriter,
  encodeDataSet,
  type Encoding,
} from "../dataset.ts";
import type { GroupSample, PlantPort, UnitDescription, Unwatch } from "../port.ts";
import { carries, type Stream } from "./streams.ts";

export interface PublisherOptions {
  readonly encoding: Encoding;
  /** Telemetry goes out with every tick, with those that changed something, or every so many milliseconds */
  readonly publish: "tick" | "change" | { readonly interval_ms: number };
  /** Octets of a payload; a group that needs more is split over several messages */
  readonly payloadLimit: number;
  /** Source timestamps are this machine's clock: then a tick should have gone out at its timestamp */
  readonly isWallTime: boolean;
  /** Chooses the phase of an interval */
  readonly random: RandomKey;
  readonly log: (line: string) => void;
}

/** A message to be sent. */
export interface Emission {
  readonly stream: Stream;
  readonly topic: string;
  readonly data: Uint8Array;
  /** Its number on its topic */
  readonly seq: number;
  /** When it should have gone out, by `performance.now()`; undefined for now */
  readonly intended_ms: number | undefined;
}

/** A stream with its counter. */
interface Writer extends DataSetWriter {
  readonly stream: Stream;
  readonly topic: string;
  seq: number;
  /** Messages a data set, once it was too long for one */
  parts: number;
  last: string;
}

/** Makes messages of what a unit does: samples and events, encoded, numbered, none longer than a gateway takes. */
export class Publisher {
  readonly #port: PlantPort;
  readonly #unit: UnitDescription;
  readonly #options: PublisherOptions;
  readonly #emit: (emission: Emission) => void;
  readonly #writers: readonly Writer[];
  /** By writer's id; none unless telemetry goes out at an interval */
  readonly #timers: NodeJS.Timeout[] = [];
  #unwatch: Unwatch[] = [];
  #oversized = 0;

  /**
   * @param topic  of a stream
   * @param emit   hears every message; must not throw
   */
  constructor(
    port: PlantPort,
    unit: UnitDescription,
    streams: readonly Stream[],
    options: PublisherOptions,
    topic: (stream: string) => string,
    emit: (emission: Emission) => void,
  ) {
    this.#port = port;
    this.#unit = unit;
    this.#options = options;
    this.#emit = emit;
    this.#writers = streams.map((stream, i) => ({
      stream,
      topic: topic(stream.name),
      publisher: unit.name,
      name: stream.name,
      id: i + 1,
      seq: 0,
      parts: 1,
      last: "",
    }));
  }

  /** Values that are too long for a message by themselves, and so were never sent. */
  get oversized(): number {
    return this.#oversized;
  }

  start(): void {
    const { name } = this.#unit;
    const logs = this.#writers.filter(({ stream }) => stream.kind !== "telemetry");
    for (const writer of this.#writers) {
      const { stream } = writer;
      if (stream.kind !== "telemetry") continue;
      if (typeof this.#options.publish === "object") this.#poll(writer, this.#options.publish.interval_ms);
      else
        this.#unwatch.push(
          this.#port.watch(name, stream.group.id, (sample) =>
            this.#write(writer, dataSetOfSample(stream.group, sample), this.#due_ms(sample)),
          ),
        );
    }
    if (logs.length === 0) return;
    const unwatch = this.#port.events(name, (event) => {
      for (const writer of logs) {
        if (carries(writer.stream, event)) this.#write(writer, dataSetOfEvent(event));
      }
    });
    this.#unwatch.push(unwatch);
  }

  stop(): void {
    for (const unwatch of this.#unwatch.splice(0)) unwatch();
    this.#timers.forEach((timer) => clearTimeout(timer));
  }

  /** The last tick at `start + phase + n * interval`; one that comes late is late, not left out. */
  #poll(writer: Writer, interval_ms: number): void {
    const { stream } = writer;
    if (stream.kind !== "telemetry") return;
    const start_ms = performance.now() + this.#options.random.child(stream.name).uniform(0) * interval_ms;
    let n = 0;
    const arm = (): void => {
      const due_ms = start_ms + n * interval_ms;
      this.#timers[writer.id] = setTimeout(
        () => {
          n += 1;
          arm();
          const sample = this.#port.read(this.#unit.name, stream.group.id);
          if (sample) this.#write(writer, dataSetOfSample(stream.group, sample), due_ms);
        },
        Math.max(0, due_ms - performance.now()),
      );
    };
    arm();
  }

  /** A tick of a controller whose clock is off goes out when it is taken, whatever its timestamp says. */
  #due_ms({ taken_ms, timestamp_ms }: GroupSample): number | undefined {
    const isOff = taken_ms !== undefined && taken_ms !== timestamp_ms;
    return isOff && this.#options.isWallTime ? taken_ms - performance.timeOrigin : undefined;
  }

  #write(writer: Writer, dataSet: DataSet, due_ms?: number): void {
    const { publish, isWallTime } = this.#options;
    if (publish === "change" && dataSet.kind === "sample") {
      const now = JSON.stringify(dataSet.fields);
      if (now === writer.last) return;
      writer.last = now;
    }
    const intended_ms = due_ms ?? (isWallTime ? dataSet.timestamp_ms - performance.timeOrigin : undefined);
    for (const data of this.#encode(writer, dataSet)) {
      const seq = writer.seq++;
      this.#emit({ stream: writer.stream, topic: writer.topic, data, seq, intended_ms });
    }
  }

  /** As many messages as it takes for each to fit; usually the one. */
  #encode(writer: Writer, dataSet: DataSet): Uint8Array[] {
    const { encoding, payloadLimit } = this.#options;
    const { fields } = dataSet;
    if (writer.parts === 1) {
      const whole = encodeDataSet(encoding, writer, dataSet, writer.seq);
      if (whole.length <= payloadLimit) return [whole];
    }
    for (let parts = writer.parts; parts <= fields.length; parts++) {
      const size = Math.ceil(fields.length / parts);
      const messages = Array.from({ length: Math.ceil(fields.length / size) }, (_, i) => {
        const part = { ...dataSet, fields: fields.slice(i * size, (i + 1) * size) };
        return encodeDataSet(encoding, writer, part, writer.seq + i);
      });
      if (messages.some(({ length }) => length > payloadLimit)) continue;
      if (parts > writer.parts) this.#say(writer, messages.length);
      writer.parts = parts;
      return messages;
    }
    const fitting = fields.filter((field) => {
      const alone = { ...dataSet, fields: [field] };
      return encodeDataSet(encoding, writer, alone, writer.seq).length <= payloadLimit;
    });
    this.#oversized += fields.length - fitting.length;
    return fitting.length === 0 ? [] : this.#encode(writer, { ...dataSet, fields: fitting });
  }

  #say({ name, publisher }: Writer, parts: number): void {
    const { payloadLimit, log } = this.#options;
    log(`MQTT-SN ${publisher}: ${name} is split over ${parts} messages, none above ${payloadLimit} octets`);
  }
}
