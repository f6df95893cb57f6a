import { isUtf8 } from "node:buffer";
import type { Duplex } from "node:stream";
import { generate, type Packet, parser, type Parser } from "mqtt-packet";
import { PacketFramer } from "./packet-framer.ts";
import { MqttViolation } from "./violation.ts";

/** 3 is MQTT 3.1, 4 is MQTT 3.1.1 */
export type MqttVersion = 3 | 4 | 5;

export interface PacketStreamOptions {
  /** Of a packet that may come, with its header */
  readonly maxPacket_octets: number;
  /** What may wait to be sent; beyond it nothing more is read until the peer has taken all of it */
  readonly maxBacklog_octets: number;
}

export interface PacketStreamEvents {
  packet(packet: Packet): void;
  /** The peer has taken what waited: more may be sent */
  drained(): void;
  /** `packet` or `drained` threw, or the peer sent what is no MQTT; `close` or `destroy` is up to the listener */
  failed(error: unknown): void;
  /** Told once, whatever the reason */
  closed(cause: Error | undefined): void;
}

/** How long a peer may take for what was said before an end. */
const END_DEADLINE_MS = 500;

/** MQTT packets over a stream of octets, in both directions and with bounded memory. */
export class PacketStream {
  /** Of packets that are sent; those that come are read as the CONNECT says that was seen last */
  version: MqttVersion;
  /** Of packets that the peer takes, with their header */
  peerMax_octets = Infinity;
  readonly #stream: Duplex;
  readonly #options: PacketStreamOptions;
  readonly #events: PacketStreamEvents;
  readonly #framer: PacketFramer;
  readonly #parser: Parser;
  #parsed: Packet | undefined;
  #fault: unknown;
  #cause: Error | undefined;
  #isReading = false;
  #isHeld = false;
  #isCorked = false;
  #isOver = false;
  #endTimer: NodeJS.Timeout | undefined;

  /** @param version  until a CONNECT comes that says another */
  constructor(
    stream: Duplex,
    version: MqttVersion,
    options: PacketStreamOptions,
    events: PacketStreamEvents,
  ) {
    this.version = version;
    this.#stream = stream;
    this.#options = options;
    this.#events = events;
    this.#framer = new PacketFramer(options.maxPacket_octets);
    this.#parser = parser({ protocolVersion: version })
      .on("packet", (packet) => (this.#parsed = packet))
      .on("error", (error: unknown) => (this.#fault = error));
    stream.on("data", (octets: Buffer) => {
      this.#framer.add(octets);
      this.#read();
    });
    stream.on("drain", () => this.#onDrain());
    stream.on("end", () => stream.end());
    stream.on("error", (error) => (this.#cause ??= error));
    stream.on("close", () => this.#onClose());
  }

  /** Whether a message may be sent now without that the backlog grows beyond what a stream takes at once. */
  get isReady(): boolean {
    return !this.#isOver && !this.#stream.writableNeedDrain;
  }

  /** Octets that wait for the peer. */
  get backlog_octets(): number {
    return this.#stream.writableLength;
  }

  /** Reads no packets until `resume`; those that came with the present one wait as well. */
  pause(): void {
    this.#isHeld = true;
    this.#stream.pause();
  }

  resume(): void {
    this.#isHeld = false;
    this.#read();
  }

  /**
   * No-op after an end.
   *
   * @returns false for a packet that is longer than the peer takes, and so was not sent
   * @throws Error for what no packet can hold
   */
  send(packet: Packet): boolean {
    if (this.#isOver) return true;
    const octets = generate(packet, { protocolVersion: this.version });
    if (octets.length > this.peerMax_octets) return false;
    // Packets of one turn of the loop go out together.
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#stream.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        this.#stream.uncork();
      });
    }
    this.#stream.write(octets);
    if (this.#stream.writableLength > this.#options.maxBacklog_octets) this.#stream.pause();
    return true;
  }

  /** Says what was sent before, and ends; a peer that does not listen is cut off. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stream.resume();
    this.#stream.end();
    this.#endTimer = setTimeout(() => this.#stream.destroy(), END_DEADLINE_MS);
  }

  /** Cuts the connection off. */
  destroy(): void {
    this.#isOver = true;
    this.#stream.destroy();
  }

  #read(): void {
    // A handler may resume: the loop that runs goes on then.
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (this.#mayRead()) {
        const octets = this.#framer.next();
        if (!octets) break;
        this.#events.packet(this.#parse(octets));
      }
      if (this.#mayRead() && this.#stream.isPaused()) this.#stream.resume();
      if (!this.#mayRead() && !this.#isOver) this.#stream.pause();
    } catch (error) {
      this.#events.failed(error);
    } finally {
      this.#isReading = false;
    }
  }

  #mayRead(): boolean {
    const isBacklogged = this.#stream.writableLength > this.#options.maxBacklog_octets;
    return !this.#isOver && !this.#isHeld && !isBacklogged;
  }

  #parse(octets: Buffer): Packet {
    this.#parsed = undefined;
    this.#fault = undefined;
    checkTopic(octets);
    let rest: number;
    try {
      rest = this.#parser.parse(octets);
    } catch (error) {
      // It reads beyond the end of what is too short.
      throw new MqttViolation(error instanceof Error ? error.message : "malformed packet");
    }
    if (this.#fault !== undefined || !this.#parsed || rest > 0) {
      throw new MqttViolation(this.#fault instanceof Error ? this.#fault.message : "malformed packet");
    }
    return this.#parsed;
  }

  #onDrain(): void {
    if (this.#isOver) return;
    try {
      this.#events.drained();
    } catch (error) {
      this.#events.failed(error);
    }
    this.#read();
  }

  #onClose(): void {
    const wasOver = this.#isOver;
    this.#isOver = true;
    clearTimeout(this.#endTimer);
    const isCut = this.#framer.isWithin && !wasOver;
    this.#events.closed(this.#cause ?? (isCut ? new MqttViolation("an end within a packet") : undefined));
  }
}

const PUBLISH = 3;

/** MQTT 3.1.1, 1.5.3: a topic that is not UTF-8 ends the connection; the parser would put other characters in it. */
function checkTopic(octets: Buffer): void {
  if (octets[0]! >> 4 !== PUBLISH) return;
  const at = 2 + octets.subarray(1, 5).findIndex((octet) => octet < 0x80);
  const length = at + 2 <= octets.length ? octets.readUInt16BE(at) : 0;
  if (!isUtf8(octets.subarray(at + 2, at + 2 + length))) throw new MqttViolation("a topic is not UTF-8");
}
