/** Why octets from the wire are not an MQTT-SN 1.2 message. */
export type DecodeFault =
  /** Fewer octets than a header has */
  | "too-short"
  /** The Length field and the datagram disagree (5.2.1) */
  | "length-mismatch"
  /** MsgType 03, 11, 19, 1E to FD or FF (5.2.2) */
  | "reserved-type"
  /** More or fewer octets than this type of message has */
  | "body-size"
  /** Text is not UTF-8 */
  | "invalid-text"
  /** Not 1 to 23 characters (5.3.1) */
  | "client-id"
  /** Not 01 (5.3.8) */
  | "protocol-id"
  /** QoS -1 where the message cannot have it (5.3.4) */
  | "invalid-qos"
  /** TopicIdType 11 (5.3.4) */
  | "topic-id-type";

/**
 * What a lenient reader lets pass, each with an obvious reading: octets behind a body's end are ignored, text that is not
 * UTF-8 gets replacement characters, another client id or protocol id is taken as it is, and QoS -1 becomes 0.
 */
export type Tolerable = Extract<
  DecodeFault,
  "body-size" | "invalid-text" | "client-id" | "protocol-id" | "invalid-qos"
>;

/** How often each was let pass. */
export type Tolerated = Record<Tolerable, number>;

export const noTolerated = (): Tolerated => ({
  "body-size": 0,
  "invalid-text": 0,
  "client-id": 0,
  "protocol-id": 0,
  "invalid-qos": 0,
});

/** 5.2.1: Length has at most two octets, so nothing is longer. */
export const MAX_LENGTH = 65_535;

/** 5.2.1: the header with the three-octet Length. */
const LONG_HEADER = 4;
const SHORT_HEADER = 2;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const NEARLY_UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
const TEXT = new TextEncoder();

/**
 * Reads a body from front to back. The first fault sticks and the reads after it give zeros, so that a
 * message's reader is one straight expression; whoever called it asks for `fault` at the end.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #tolerated: Tolerated | undefined;
  #at: number;
  #fault: DecodeFault | undefined;

  /**
   * @param at         where the body begins
   * @param tolerated  given, the reader is lenient and counts here
   */
  constructor(bytes: Uint8Array, at: number, tolerated?: Tolerated) {
    this.#bytes = bytes;
    this.#at = at;
    this.#tolerated = tolerated;
  }

  get fault(): DecodeFault | undefined {
    return this.#fault;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  fail(fault: DecodeFault): void {
    this.#fault ??= fault;
  }

  /** A fault that a lenient reader only counts. */
  object(fault: Tolerable): void {
    if (this.#tolerated) this.#tolerated[fault] += 1;
    else this.fail(fault);
  }

  uint8(): number {
    const octet = this.#bytes[this.#at++];
    if (octet === undefined) this.fail("body-size");
    return octet ?? 0;
  }

  uint16(): number {
    return this.uint8() * 256 + this.uint8();
  }

  /** As many octets, by default all that are left; a view, not a copy. */
  octets(count = this.remaining): Uint8Array {
    if (count > this.remaining) this.fail("body-size");
    const from = this.#at;
    this.#at = Math.min(from + count, this.#bytes.length);
    return this.#bytes.subarray(from, this.#at);
  }

  /** All that is left and at least one octet, as text. */
  text(): string {
    const octets = this.octets(Math.max(1, this.remaining));
    try {
      return UTF8.decode(octets);
    } catch {
      this.object("invalid-text");
      return NEARLY_UTF8.decode(octets);
    }
  }

  /** Two octets as text; with replacement characters they would be another name, and too long for an answer. */
  shortName(): string {
    try {
      return UTF8.decode(this.octets(2));
    } catch {
      this.fail("invalid-text");
      return "";
    }
  }
}

/** One for all messages: encoding is synchronous, and what it wrote is copied out at the end. */
const scratch = new Uint8Array(LONG_HEADER + MAX_LENGTH);

function check(value: number, limit: number): number {
  if (!Number.isInteger(value) || value < 0 || value > limit) {
    throw new RangeError(`${value} is not a whole number from 0 to ${limit}`);
  }
  return value;
}

/** Writes a body behind room for the longer header. A value that does not fit is a programmer's error: RangeError. */
export class Writer {
  #end = LONG_HEADER;

  uint8(value: number): this {
    this.#room(1);
    scratch[this.#end++] = check(value, 0xff);
    return this;
  }

  uint16(value: number): this {
    check(value, 0xffff);
    return this.uint8(value >> 8).uint8(value & 0xff);
  }

  octets(value: Uint8Array): this {
    this.#room(value.length);
    scratch.set(value, this.#end);
    this.#end += value.length;
    return this;
  }

  /** UTF-8 without a length; an empty text is refused, since no field of the standard may be one. */
  text(value: string): this {
    if (value === "" || !value.isWellFormed())
      throw new RangeError("text must be non-empty, well-formed Unicode");
    return this.octets(TEXT.encode(value));
  }

  #room(octets: number): void {
    if (this.#end + octets > scratch.length) {
      throw new RangeError(`a message of more than ${MAX_LENGTH} octets does not exist in MQTT-SN`);
    }
  }

  /** The message with the shorter header that it fits (5.2.1). */
  message(code: number): Uint8Array {
    const body = this.#end - LONG_HEADER;
    if (body + SHORT_HEADER <= 0xff) {
      scratch[LONG_HEADER - 2] = body + SHORT_HEADER;
      scratch[LONG_HEADER - 1] = code;
      return scratch.slice(LONG_HEADER - SHORT_HEADER, this.#end);
    }
    const length = body + LONG_HEADER;
    if (length > MAX_LENGTH) throw new RangeError(`${length} octets; a message has at most ${MAX_LENGTH}`);
    scratch.set([0x01, length >> 8, length & 0xff, code]);
    return scratch.slice(0, this.#end);
  }
}

/** How one type of message goes to the wire and back. */
export interface Packet<M> {
  /** MsgType (5.2.2) */
  readonly code: number;
  write(message: M, out: Writer): void;
  /** May return nonsense when it left a fault in the reader. */
  read(body: Reader): M;
}
