/*
 * `npm run fuzz:mqttsn [millions]`: inputs for the decoder, strict and lenient, and for a session, by the million (10 by
 * default): noise, and messages of every type with some octets changed, cut or added. Nothing may throw, what is decoded
 * strictly must encode to something that decodes to the same, and a lenient decoder must agree with a strict one.
 */
import assert from "node:assert/strict";
import { RandomKey } from "../src/engine/random.ts";
import { decode, encode } from "../src/protocol/mqttsn/codec/codec.ts";
import { noTolerated } from "../src/protocol/mqttsn/codec/octets.ts";
import { Session } from "../src/protocol/mqttsn/session.ts";
import { bytes, TABLE } from "../test/support/mqttsn-table.ts";

const NOISE_MAX = 48;
/** Inputs that one session hears before the next one begins. */
const SESSION_INPUTS = 10_000;

const millions = Number(process.argv[2] ?? 10);
const seed = process.argv[3] ?? String(Date.now());
const random = RandomKey.root(seed).stream();
const below = (limit: number): number => random.bits() % limit;
const seeds = TABLE.map(([text]) => Uint8Array.from(bytes(text)));

function input(): Uint8Array {
  if (below(4) === 0) return Uint8Array.from({ length: below(NOISE_MAX) }, () => below(256));
  let datagram = seeds[below(seeds.length)]!.slice();
  for (let i = below(4); i > 0; i--) datagram[below(datagram.length)] = below(256);
  const cut = below(8);
  if (cut === 0) datagram = datagram.slice(0, below(datagram.length) + 1);
  if (cut === 1) datagram = Uint8Array.of(...datagram, below(256));
  // With a true Length, so that it gets past the header.
  if (below(2) === 0) datagram[0] = datagram.length;
  return datagram;
}

const tolerated = noTolerated();
const counts = { strict: 0, lenient: 0 };
let session = new Session({ clientId: "fuzz" });
const begin_ms = performance.now();
for (let n = 0; n < millions * 1e6; n++) {
  const datagram = input();
  try {
    const strict = decode(datagram);
    const lenient = decode(datagram, tolerated);
    if (strict.ok) {
      counts.strict += 1;
      assert.ok(lenient.ok);
      assert.deepEqual(decode(encode(strict.message)), strict);
    }
    if (lenient.ok) {
      counts.lenient += 1;
      if (n % SESSION_INPUTS === 0) session = new Session({ clientId: "fuzz", topics: ["a"] });
      if (session.state === "idle") session.connect(n);
      session.receive(n, lenient.message);
      session.wake(n);
    }
  } catch (error) {
    console.error(`seed ${seed}, input ${n}: ${Buffer.from(datagram).toString("hex")}`);
    throw error;
  }
}
const seconds = (performance.now() - begin_ms) / 1000;
console.log(
  `${millions} million inputs in ${seconds.toFixed(0)} s (seed ${seed}): ${counts.strict} strict, ` +
    `${counts.lenient} lenient messages, no throw`,
);
