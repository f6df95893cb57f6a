/** The instance checker against our own servers, and against machines that are broken on purpose. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { OPCUAClient } from "node-opcua";
import type { ClientSession } from "node-opcua";
import { afterAll, afterEach, describe, expect, test } from "vitest";

import { checkInstances } from "../../src/protocol/opcua/conformance/check-instances.ts";
import { UnitServer } from "../../src/protocol/opcua/unit-server.ts";
import { demoPlant } from "../support/demo-plant.ts";

const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-conformance-"));
const clients: OPCUAClient[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.disconnect()));
});

afterAll(() => rmSync(folder, { recursive: true }));

async function open(url: string): Promise<ClientSession> {
  const client = OPCUAClient.create({ connectionStrategy: { maxRetry: 0 } });
  clients.push(client);
  await client.connect(url);
  return client.createSession();
}

describe("a unit of the demo", () => {
  test("is what its types say, at rest and at work, and is checked in a moment", async () => {
    const plant = demoPlant();
    const unit = plant.units[0]!;
    const server = new UnitServer(plant, unit, { port: 0, security: ["none"], pkiFolder: folder });
    await server.start();
    try {
      const session = await open(server.endpointUrl);
      for (const minutes of [1, 20, 200]) {
        plant.advance(minutes * 60);
        const start_ms = performance.now();
        expect(await checkInstances(session), `after ${minutes} minutes`).toEqual([]);
        expect(performance.now() - start_ms).toBeLessThan(5000);
      }
    } finally {
      await server.stop();
    }
  });
});
