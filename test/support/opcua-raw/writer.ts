/** OPC UA binary (OPC 10000-6, 5.2), written by hand: a codec that shares no line with the servers' library. */

/** A node id of any form; `opaque` and `guid` as octets. */
export type RawNodeId =
  | { readonly ns: number; readonly i: number }
  | { readonly ns: number; readonly s: string }
  | { readonly ns: number; readonly guid: Buffer }
  | { readonly ns: number; readonly opaque: Buffer };

export const ns0 = (i: number): RawNodeId => ({ ns: 0, i });
export const NULL_NODE = ns0(0);

/** Built-in types by their ids in a Variant. */
export const TYPE = {
  null: 0,
  boolean: 1,
  int32: 6,
  uint32: 7,
  double: 11,
  string: 12,
  dateTime: 13,
  guid: 14,
  byteString: 15,
  nodeId: 17,
  statusCode: 19,
  qualifiedName: 20,
  localizedText: 21,
  extensionObject: 22,
  dataValue: 23,
  variant: 24,
  diagnosticInfo: 25,
} as const;

const MS_FROM_1601_TO_1970 = 11_644_473_600_000n;
const TICKS_A_MS = 10_000n;

export class Writer {
  #buffer = Buffer.alloc(256);
  #length = 0;

  get octets(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #grow(more: number): number {
    const at = this.#length;
    this.#length += more;
    if (this.#length > this.#buffer.length) {
      const wider = Buffer.alloc(Math.max(this.#length, this.#buffer.length * 2));
      this.#buffer.copy(wider);
      this.#buffer = wider;
    }
    return at;
  }

  raw(octets: Uint8Array): this {
    const at = this.#grow(octets.length);
    this.#buffer.set(octets, at);
    return this;
  }

  byte(value: number): this {
    const at = this.#grow(1);
    this.#buffer[at] = value;
    return this;
  }

  boolean(value: boolean): this {
    return this.byte(value ? 1 : 0);
  }

  uint16(value: number): this {
    const at = this.#grow(2);
    this.#buffer.writeUInt16LE(value & 0xffff, at);
    return this;
  }

  uint32(value: number): this {
    const at = this.#grow(4);
    this.#buffer.writeUInt32LE(value >>> 0, at);
    return this;
  }

  int32(value: number): this {
    return this.uint32(value);
  }

  int64(value: bigint): this {
    const at = this.#grow(8);
    this.#buffer.writeBigInt64LE(BigInt.asIntN(64, value), at);
    return this;
  }

  /** Milliseconds since 1970 as ticks of 100 ns since 1601 (OPC 10000-6, 5.2.2.5). */
  dateTime(time_ms: number): this {
    return this.int64((BigInt(Math.trunc(time_ms)) + MS_FROM_1601_TO_1970) * TICKS_A_MS);
  }

  double(value: number): this {
    const at = this.#grow(8);
    this.#buffer.writeDoubleLE(value, at);
    return this;
  }

  /** Null is a length of -1. */
  string(text: string | null): this {
    return this.bytes(text === null ? null : Buffer.from(text));
  }

  bytes(octets: Buffer | null): this {
    return octets === null ? this.int32(-1) : this.int32(octets.length).raw(octets);
  }

  nodeId(id: RawNodeId): this {
    if ("i" in id) return this.byte(2).uint16(id.ns).uint32(id.i);
    if ("s" in id) return this.byte(3).uint16(id.ns).string(id.s);
    if ("guid" in id) return this.byte(4).uint16(id.ns).raw(id.guid);
    return this.byte(5).uint16(id.ns).bytes(id.opaque);
  }

  qualifiedName(ns: number, name: string | null): this {
    return this.uint16(ns).string(name);
  }

  localizedText(text: string): this {
    return this.byte(2).string(text);
  }

  /** An array, each element written by `write`; null is a length of -1. */
  array<T>(elements: readonly T[] | null, write: (element: T, writer: this) => void): this {
    this.int32(elements?.length ?? -1);
    for (const element of elements ?? []) write(element, this);
    return this;
  }

  /** A structure in an ExtensionObject, by the id of its binary encoding. */
  extension(typeId: RawNodeId, body: (writer: Writer) => void): this {
    const inner = new Writer();
    body(inner);
    return this.nodeId(typeId).byte(1).bytes(inner.octets);
  }

  /** No structure at all. */
  noExtension(): this {
    return this.nodeId(NULL_NODE).byte(0);
  }

  /** A Variant with one scalar. */
  variant(type: number, write: (writer: this) => void): this {
    this.byte(type);
    write(this);
    return this;
  }
}
