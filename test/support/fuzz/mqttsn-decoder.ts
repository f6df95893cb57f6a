/** Hostile octets for the codec and for a device's session, without sockets. */
import assert from "node:assert/strict";
import { decode, encode } from "../../../src/protocol/mqttsn/codec/codec.ts";
import { noTolerated } from "../../../src/protocol/mqttsn/codec/octets.ts";
import { Session } from "../../../src/protocol/mqttsn/session.ts";
import { mqttSnEpisode } from "./mqttsn-grammar.ts";

/** Episodes that one session hears before the next one begins. */
const SESSION_EPISODES = 400;

export interface DecoderAccount {
  readonly inputs: number;
  /** Of them, what is a message by the standard, and what real peers may send all the same */
  readonly strict: number;
  readonly lenient: number;
}

/**
 * Decodes, strictly and leniently, and lets a session hear what is a message. What is decoded strictly must encode to
 * something that decodes to the same, and a lenient decoder must agree with a strict one.
 *
 * @param inputs  at least so many, up to the end of an episode
 * @throws Error with seed, episode and octets of the first input that fails
 */
export function hostileDecoder(seed: string, inputs: number): DecoderAccount {
  const tolerated = noTolerated();
  const account = { inputs: 0, strict: 0, lenient: 0 };
  let session = new Session({ clientId: "fuzz" });
  for (let episode = 0; account.inputs < inputs; episode++) {
    if (episode % SESSION_EPISODES === 0) session = new Session({ clientId: "fuzz", topics: ["a"] });
    for (const { octets } of mqttSnEpisode(seed, episode)) {
      account.inputs += 1;
      try {
        const strict = decode(octets);
        const lenient = decode(octets, tolerated);
        if (strict.ok) {
          account.strict += 1;
          assert.ok(lenient.ok);
          assert.deepEqual(decode(encode(strict.message)), strict);
        }
        if (!lenient.ok) continue;
        account.lenient += 1;
        if (session.state === "idle") session.connect(account.inputs);
        session.receive(account.inputs, lenient.message);
        session.wake(account.inputs);
      } catch (cause) {
        const where = `seed ${seed}, episode ${episode}: ${octets.toString("hex")}`;
        throw new Error(`${where}: ${(cause as Error).message}`, { cause });
      }
    }
  }
  return account;
}
