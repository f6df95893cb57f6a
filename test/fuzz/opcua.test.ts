/** Hostile OPC UA clients: attacks that once failed, whole, and new ones for some seconds. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

import { UnitServer } from "../../src/protocol/opcua/unit-server.ts";
import { emitAll, fakeCnc } from "../support/fake-cnc.ts";
import { FakePlant } from "../support/fake-plant.ts";
import { attack, hostileOpcua, noHostileCounts, type Attack } from "../support/fuzz/hostile-opcua.ts";
import { RawClient } from "../support/opcua-raw/raw-client.ts";

/** Another one is tried with FUZZ_SEED=…; a failure names it. */
const seed = process.env["FUZZ_SEED"] ?? "taktwerk";
const TIMEOUT_MS = 120_000;
const CORPUS = "test/fuzz/corpus/opcua";

const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-fuzz-"));
const plant = new FakePlant([fakeCnc("cnc-01")]);
const options = { port: 0, security: ["none"], pkiFolder: folder, warn: () => undefined } as const;
const server = new UnitServer(plant, plant.units[0]!, options);

beforeAll(async () => {
  emitAll(plant, "cnc-01");
  await server.start();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

test.each(readdirSync(CORPUS).sort())("%s", async (name) => {
  const counts = noHostileCounts();
  await attack(
    server.endpointUrl,
    JSON.parse(readFileSync(path.join(CORPUS, name), "utf8")) as Attack,
    counts,
  );
  expect(counts.silent).toEqual([]);
  (await RawClient.open(server.endpointUrl)).close();
});

test("hostile clients cost a sound one nothing", { timeout: TIMEOUT_MS }, async () => {
  const account = await hostileOpcua({ url: server.endpointUrl, seed, requests: 2000 });
  expect(account.failures).toEqual([]);
  expect(account.neighbour).toMatchObject({ lost: 0 });
  expect(Object.keys(account.byType).length).toBeGreaterThan(25);
});
