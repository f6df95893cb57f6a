import type { RawNodeId } from "./writer.ts";

/** Reads what servers answer, as far as a hostile client needs it. @throws RangeError past the end */
export class Reader {
  readonly #octets: Buffer;
  #at = 0;

  constructor(octets: Buffer) {
    this.#octets = octets;
  }

  get left(): number {
    return this.#octets.length - this.#at;
  }

  skip(count: number): this {
    this.#at += count;
    return this;
  }

  byte(): number {
    return this.#octets.readUInt8(this.#step(1));
  }

  uint16(): number {
    return this.#octets.readUInt16LE(this.#step(2));
  }

  uint32(): number {
    return this.#octets.readUInt32LE(this.#step(4));
  }

  int32(): number {
    return this.#octets.readInt32LE(this.#step(4));
  }

  double(): number {
    return this.#octets.readDoubleLE(this.#step(8));
  }

  bytes(): Buffer | null {
    const length = this.int32();
    if (length < 0) return null;
    const at = this.#step(length);
    return this.#octets.subarray(at, at + length);
  }

  string(): string | null {
    return this.bytes()?.toString("utf8") ?? null;
  }

  nodeId(): RawNodeId {
    const form = this.byte() & 0x0f;
    if (form === 0) return { ns: 0, i: this.byte() };
    if (form === 1) return { ns: this.byte(), i: this.uint16() };
    const ns = this.uint16();
    if (form === 2) return { ns, i: this.uint32() };
    if (form === 3) return { ns, s: this.string() ?? "" };
    if (form === 4) return { ns, guid: Buffer.from(this.#octets.subarray(this.#step(16), this.#at)) };
    return { ns, opaque: Buffer.from(this.bytes() ?? Buffer.alloc(0)) };
  }

  #step(count: number): number {
    const at = this.#at;
    this.#at += count;
    return at;
  }
}
