/*
 * `npm run fuzz:mqttsn [millions] [seed]`: inputs for the decoder and a device's session, then datagrams from hostile
 * clients for the gateway, by the million (1 by default), with a sound device beside them. Exits 1 when one fails.
 */
import { hostileMqttSn } from "../test/support/fuzz/hostile-mqttsn.ts";
import { hostileDecoder } from "../test/support/fuzz/mqttsn-decoder.ts";

const count = Number(process.argv[2] ?? 1) * 1e6;
const seed = process.argv[3] ?? String(Date.now());

const { inputs, strict, lenient } = hostileDecoder(seed, count);
console.log(
  `decoder and session, seed ${seed}: ${inputs} inputs, ${strict} strict, ${lenient} lenient messages`,
);

const begin_ms = performance.now();
const account = await hostileMqttSn({ seed, datagrams: count });
const { sent, reachedHandler, faults, failures, neighbour } = account;
const seconds = (performance.now() - begin_ms) / 1000;
console.log(
  `gateway, seed ${seed}: ${sent} datagrams in ${seconds.toFixed(0)} s, ${reachedHandler} reached a handler, ` +
    `${faults} faults; the sound device sent ${neighbour.sent}, lost ${neighbour.lost}, ` +
    `the latest came after ${neighbour.worst_ms.toFixed(0)} ms`,
);
for (const failure of failures) console.error(failure);
process.exitCode = faults > 0 || neighbour.lost > 0 ? 1 : 0;
