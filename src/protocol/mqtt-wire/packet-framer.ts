import { MqttViolation, REASON } from "./violation.ts";

/** MQTT 3.1.1, 2.2.3: Remaining Length has one to four octets. */
const LENGTH_OCTETS_MAX = 4;
const HEADER_MIN = 2;

/** Octets that come in any pieces, as whole packets; holds no more than one packet and a piece. */
export class PacketFramer {
  readonly #max_octets: number;
  #pieces: Buffer[] = [];
  #held = 0;
  /** Of octets that are needed for a step ahead */
  #needed = HEADER_MIN;

  /** @param max_octets  of a packet with its header */
  constructor(max_octets: number) {
    this.#max_octets = max_octets;
  }

  /** A packet has begun and is not complete. */
  get isWithin(): boolean {
    return this.#held > 0;
  }

  add(octets: Buffer): void {
    this.#pieces.push(octets);
    this.#held += octets.length;
  }

  /** The next packet when all of it is there. @throws MqttViolation for a length that cannot be, or is too much */
  next(): Buffer | undefined {
    while (this.#held >= this.#needed) {
      const octets = this.#joined();
      checkFlags(octets[0]!);
      const size = packetSize(octets);
      if (size !== undefined && size > this.#max_octets) {
        throw new MqttViolation(
          `a packet of ${size} octets, at most ${this.#max_octets}`,
          REASON.packetTooLarge,
        );
      }
      if (size !== undefined && size <= octets.length) return this.#cut(octets, size);
      this.#needed = size ?? this.#held + 1;
    }
    return undefined;
  }

  #joined(): Buffer {
    const [first] = this.#pieces;
    const octets = first && this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces, this.#held);
    this.#pieces = [octets];
    return octets;
  }

  #cut(octets: Buffer, size: number): Buffer {
    this.#pieces = size < octets.length ? [octets.subarray(size)] : [];
    this.#held -= size;
    this.#needed = HEADER_MIN;
    return octets.subarray(0, size);
  }
}

/** MQTT 3.1.1 and 5, 2.1.3: the flags of each type, where they are reserved; seen before the rest has come. */
const RESERVED: Readonly<Record<number, number>> = {
  ...{ 1: 0, 2: 0, 4: 0, 5: 0, 6: 2, 7: 0, 8: 2, 9: 0, 10: 2, 11: 0, 12: 0, 13: 0, 14: 0, 15: 0 },
};
const PUBLISH = 3;

function checkFlags(first: number): void {
  const [type, flags] = [first >> 4, first & 0x0f];
  if (type !== PUBLISH && RESERVED[type] !== flags) {
    throw new MqttViolation(`a packet that begins with ${first.toString(16)} hex`);
  }
}

/** With its header; undefined when the length is not all there. */
function packetSize(octets: Buffer): number | undefined {
  let length = 0;
  for (let i = 0; i < LENGTH_OCTETS_MAX; i++) {
    const octet = octets[1 + i];
    if (octet === undefined) return undefined;
    length += (octet & 0x7f) * 128 ** i;
    if (octet < 0x80) return 1 + i + 1 + length;
  }
  throw new MqttViolation("a Remaining Length of more than four octets");
}
