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

/** 5.2.1: Length has at most two octets, so nothing is longer. */
export const MAX_LENGTH = 65_535;

/** 5.2.1: the header with the three-octet Length. */
const LONG_HEADER = 4;
const SHORT_HEADER = 2;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const TEXT = new TextEncoder();

/**
 * Reads a body from front to back. The first fault sticks and the reads after it give zeros, so that a
 * message's reader is one straight expression; whoever called it asks for `fault` at the end.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #fault: DecodeFault | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
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

  /** As many octets, by default all that are left and at least one, as text. */
  text(count = Math.max(1, this.remaining)): string {
    const octets = this.octets(count);
    try {
      return UTF8.decode(octets);
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
