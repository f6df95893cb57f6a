/**
 * Who dies, and who is blamed: rows of the verdict's table, each against a gateway in another process that does it. All
 * rows, at each QoS and with ten seeds, are `npm run bench -- verdict`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { peer } from "../support/peers.ts";
import { tryCase, turned, VERDICT_CASES } from "../support/verdict-cases.ts";

const TIMEOUT_MS = 180_000;
const ROWS = [
  ...["sound, while the radio loses a third and doubles another", "sound, while our listener is cut off"],
  ...["drops", "appends", "is killed", "is killed, and comes back without its memory", "has lost its broker"],
];
const mosquitto = peer("mosquitto");
const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-verdict-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(!mosquitto)("a gateway that", () => {
  test.concurrent.each(VERDICT_CASES.filter(({ name }) => ROWS.includes(name)))(
    "$name, at QoS 1",
    { timeout: TIMEOUT_MS },
    async (it) => {
      const found = await tryCase(it, { qos: 1, seed: 1, mosquitto: mosquitto!, folder });
      const { wanted, found: said } = turned(it, 1, found);
      expect(said).toBe(wanted);
      expect(found.sent).toBeGreaterThan(30);
    },
  );
});
