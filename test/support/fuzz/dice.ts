import { RandomKey, type RandomStream } from "../../../src/engine/random.ts";

/** What a generator draws from: the same for one seed and one episode, on every machine. */
export class Dice {
  readonly #stream: RandomStream;
  /** Percent; what is odd is so rare in some episodes that they get far */
  readonly #oddness: number;

  /** @param episode  counts from 0; each has draws of its own, so that one is repeated without those before it */
  constructor(seed: string, episode: number) {
    this.#stream = RandomKey.root(seed).child(`${episode}`).stream();
    this.#oddness = this.pick([0, 5, 100]);
  }

  /** A whole number from 0 to limit - 1. */
  below(limit: number): number {
    return this.#stream.bits() % limit;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  /** Of what ends a sound client's session. */
  odd(percent: number): boolean {
    return this.below(10_000) < percent * this.#oddness;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** By weight: [[3, "often"], [1, "seldom"]] */
  weighted<T>(choices: readonly (readonly [weight: number, choice: T])[]): T {
    let at = this.below(choices.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, choice] of choices) if ((at -= weight) < 0) return choice;
    return choices[0]![1];
  }

  octets(count: number): Buffer {
    const octets = Buffer.allocUnsafe(count);
    for (let i = 0; i < count; i++) octets[i] = this.below(256);
    return octets;
  }

  /** Two octets: mostly a small number, which a peer may know. */
  id(): number {
    if (this.odd(10)) return 0;
    return this.chance(85) ? 1 + this.below(4) : this.pick([0xffff, 0x100, 0x7fff, this.below(0x10000)]);
  }

  /** Some octets changed, cut off or added. */
  damage(octets: Buffer): Buffer {
    const damaged = Buffer.from(octets);
    for (let i = this.below(3); i > 0 && damaged.length > 0; i--) {
      damaged[this.below(damaged.length)] = this.below(256);
    }
    if (this.chance(20)) return damaged.subarray(0, this.below(damaged.length + 1));
    return this.chance(20) ? Buffer.concat([damaged, this.octets(1 + this.below(4))]) : damaged;
  }
}

/** Names that a client may give to itself or to a topic; those in the first line are met again and again. */
export const TOPICS: readonly Buffer[] = [
  ...["a/b", "t", "ab", "cmd", "a/b/c", "x/1"],
  ...["#", "a/#", "+", "+/b", "a/+/c", "a#b", "#/a", "a+", "/", "//", "$SYS/x", "$share/g/a", "", " "],
  ...["a\0b", "\u001b[2J", "\u009b31m", "\ufeff", "é", "\u{1f916}", "z".repeat(300), "l/".repeat(200)],
].map((text) => Buffer.from(text));
const SOUND = 6;
export const NOT_UTF8: readonly Buffer[] = [
  Buffer.of(0xff),
  Buffer.of(0xc3),
  Buffer.of(0x61, 0xed, 0xa0, 0x80),
  Buffer.of(0xf8, 0x88, 0x80, 0x80, 0x80),
];

export function topic(dice: Dice): Buffer {
  if (!dice.odd(50)) return TOPICS[dice.below(SOUND)]!;
  return dice.chance(85) ? dice.pick(TOPICS) : dice.pick(NOT_UTF8);
}
