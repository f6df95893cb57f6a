/** A long run says how far it is. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { showProgress } from "../../src/cli/progress.ts";
import type { View } from "../../src/runtime/result.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Of a run that simulates at a hundred times real time. */
const run = {
  view: async (): Promise<View> => {
    const plantTime_s = performance.now() / 10;
    const attention = { down: 0, alarmed: 0, unreached: 0, stopped: 0, none: 1 };
    return { plantTime_s, calendar_ms: 0, units: 1, matching: 1, states: {}, attention, rows: [], wire: {} };
  },
};

/** What was written in so much wall time, and then when the run was over. */
async function watch(wall_ms: number, isTTY: boolean): Promise<string> {
  let written = "";
  vi.setSystemTime(0);
  const stream = { isTTY, write: (text: string) => void (written += text) };
  const end = showProgress(run, 5000, stream);
  await vi.advanceTimersByTimeAsync(wall_ms);
  end();
  end();
  await vi.advanceTimersByTimeAsync(60_000);
  return written;
}

test("less than ten seconds are none", async () => expect(await watch(9999, true)).toBe(""));

test("elsewhere it is a line every ten seconds, with an estimate", async () => {
  const began_s = performance.now() / 10;
  expect(began_s).toBe(0);
  expect(await watch(25_000, false)).toBe(
    "20 %  16m 40s of 1h 23m, about 40s to go\n40 %  33m 20s of 1h 23m, about 30s to go\n",
  );
});

test("on a terminal it stays in its line, and is gone at the end", async () => {
  const written = await watch(25_000, true);
  expect(written.match(/\r[^\r\n]*to go\x1b\[K/g)).toHaveLength(2);
  expect(written.endsWith("\r\x1b[K")).toBe(true);
  expect(written).not.toContain("\n");
});
