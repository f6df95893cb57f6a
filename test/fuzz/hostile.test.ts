/** Hostile inputs: those that once failed, whole, and new ones for some seconds. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { hostileMqtt, replayMqtt } from "../support/fuzz/hostile-mqtt.ts";
import { hostileMqttSn, replayMqttSn } from "../support/fuzz/hostile-mqttsn.ts";
import { hostileDecoder } from "../support/fuzz/mqttsn-decoder.ts";
import { datagramsOf, stepsOf } from "../support/fuzz/corpus.ts";

/** Another one is tried with FUZZ_SEED=…; a failure names it. */
const seed = process.env["FUZZ_SEED"] ?? "taktwerk";
const TIMEOUT_MS = 120_000;

const corpus = (folder: string): [name: string, text: string][] =>
  readdirSync(`test/fuzz/corpus/${folder}`)
    .sort()
    .map((name) => [name, readFileSync(`test/fuzz/corpus/${folder}/${name}`, "utf8")]);

test.each(corpus("mqttsn"))("MQTT-SN: %s", { timeout: TIMEOUT_MS }, async (_name, text) => {
  expect(await replayMqttSn(datagramsOf(text))).toEqual([]);
});

test.each(corpus("mqtt"))("MQTT: %s", { timeout: TIMEOUT_MS }, async (_name, text) => {
  expect(await replayMqtt(stepsOf(text))).toEqual([]);
});

test(
  "MQTT-SN: a decoder throws nothing, says what it read, and no session minds",
  { timeout: TIMEOUT_MS },
  () => {
    const account = hostileDecoder(seed, 100_000);
    expect(account.strict).toBeGreaterThan(account.inputs / 3);
    expect(account.lenient).toBeGreaterThan(account.strict);
  },
);

test("MQTT-SN: hostile clients cost a sound one nothing", { timeout: TIMEOUT_MS }, async () => {
  const account = await hostileMqttSn({ seed, datagrams: 250_000 });
  expect(account.failures).toEqual([]);
  expect(account).toMatchObject({ faults: 0, neighbour: { lost: 0 } });
  expect(account.reachedHandler).toBeGreaterThan(account.sent / 2);
  // Every type that a client may send, and those that only a gateway sends.
  expect(Object.keys(account.byType)).toHaveLength(27);
});

test("MQTT: hostile clients cost a sound one nothing", { timeout: TIMEOUT_MS }, async () => {
  const account = await hostileMqtt({ seed, packets: 80_000 });
  expect(account.failures).toEqual([]);
  expect(account).toMatchObject({ faults: 0, neighbour: { lost: 0 } });
  expect(account.reachedHandler).toBeGreaterThan(account.sent / 4);
});
