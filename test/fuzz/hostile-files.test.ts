/**
 * Scenarios and predicates that no person would write: those that once failed, kept as files, and made ones for some
 * seconds. FUZZ_SEED tries others; a failure names its seed.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { hostileCel, hostileScenarios, tryCel, tryScenario } from "../support/fuzz/hostile-files.ts";

const CORPUS = "test/fuzz/corpus";
const SEED = process.env["FUZZ_SEED"] ?? "taktwerk";
/** Some four seconds each. */
const [SCENARIOS, PREDICATES] = [120, 8000];
/** The promise is that nothing stalls; the slack is for a machine that does other things as well. */
const SLOWEST_MS = 10_000;

const filesOf = (kind: string): (readonly [string, string])[] =>
  readdirSync(path.join(CORPUS, kind)).map((file) => [
    file,
    readFileSync(path.join(CORPUS, kind, file), "utf8"),
  ]);

describe("scenarios", () => {
  test.each(filesOf("scenario"))("%s", async (_file, text) => {
    expect(await tryScenario(text)).toBeDefined();
  });

  test("new ones are refused with coded errors, or run", { timeout: 120_000 }, async () => {
    const counts = await hostileScenarios({ seed: SEED, count: SCENARIOS });
    expect(counts.refused + counts.planned).toBe(SCENARIOS);
    // Without both, nothing would be tried.
    expect(Math.min(counts.refused, counts.run)).toBeGreaterThan(0);
    expect(counts.slowest_ms).toBeLessThan(SLOWEST_MS);
  });
});

describe("predicates", () => {
  test.each(filesOf("cel"))("%s", (_file, text) => {
    expect(["refused", "judged", "failed"]).toContain(tryCel(text.trimEnd()));
  });

  test("new ones are refused with a reason, or judged", { timeout: 120_000 }, () => {
    const counts = hostileCel({ seed: SEED, count: PREDICATES });
    expect(counts.refused + counts.judged + counts.failed).toBe(PREDICATES);
    expect(Math.min(counts.refused, counts.judged, counts.failed)).toBeGreaterThan(0);
    expect(counts.slowest_ms).toBeLessThan(SLOWEST_MS);
  });
});

test("a case is repeated by its seed and its number", () => {
  const { slowest_ms: _a, ...all } = hostileCel({ seed: "7", count: 40 });
  const parts = [0, 20].map((from) => hostileCel({ seed: "7", count: 20, from }));
  const sum = (of: "refused" | "judged" | "failed"): number => parts.reduce((total, it) => total + it[of], 0);
  expect({ refused: sum("refused"), judged: sum("judged"), failed: sum("failed") }).toEqual(all);
});
