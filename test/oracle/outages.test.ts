/** Whose doing an outage is: the gateway's, a fault's of ours, a command's of the scenario. */
import { describe, expect, test } from "vitest";
import { Outages, type ActionWindow, type Loss } from "../../src/oracle/outages.ts";

const UNIT = "cnc-01";
const RESTART: ActionWindow = { id: "restart", from_ms: 1000, to_ms: 6000 };

/** A gateway last heard at 900 ms, silent from 1100 ms on, given up at 3000 ms. */
const loss = (more: Partial<Loss> = {}): Loss => ({
  ...{ reason: "no-answer", heard_ms: 900, since_ms: 1100, at_ms: 3000, isExplained: false },
  ...more,
});

function outagesOf(
  losses: readonly Loss[],
  back_ms?: number,
  windows: readonly ActionWindow[] = [],
): Outages {
  const outages = new Outages();
  for (const it of losses) outages.lost(UNIT, it);
  if (back_ms !== undefined) outages.back(UNIT, back_ms);
  outages.close(windows);
  return outages;
}

describe("an outage", () => {
  test("that nothing explains is the gateway's, from its last sign of life on", () => {
    const outages = outagesOf([loss()], 5000);
    expect(outages.all).toMatchObject([{ culprit: "gateway", from_ms: 1100, to_ms: 5000 }]);
    const asked = [800, 950, 4000, 5100].map((at_ms) => outages.culprit(UNIT, at_ms, at_ms));
    expect(asked).toEqual([undefined, "gateway", "gateway", undefined]);
    expect(outages.culprit("cnc-02", 2000, 2000)).toBeUndefined();
    expect(outages.blamed_ms(UNIT, 0, 10_000)).toBe(3900);
    expect(outages.blamed_ms(UNIT, 2000, 3000)).toBe(1000);
  });

  test("that lasts to the end has no end", () => {
    const outages = outagesOf([loss(), loss({ since_ms: 3500, at_ms: 5000 })]);
    expect(outages.all).toMatchObject([{ culprit: "gateway", from_ms: 1100, to_ms: Infinity }]);
    expect(outages.blamed_ms(UNIT, 0, 10_000)).toBe(8900);
  });

  test("that our faults explain is ours, until an attempt fails that they do not explain", () => {
    const explained = outagesOf([loss({ isExplained: true })], 5000);
    expect(explained.all[0]!.culprit).toBe("fault");
    expect(explained.culprit(UNIT, 4000, 4000)).toBe("fault");
    expect(explained.blamed_ms(UNIT, 0, 10_000)).toBe(0);
    const dead = outagesOf([loss({ isExplained: true }), loss({ since_ms: 3500, at_ms: 5000 })], 9000);
    const asked = [2000, 4000].map((at_ms) => dead.culprit(UNIT, at_ms, at_ms));
    expect(asked).toEqual(["fault", "gateway"]);
    expect(dead.blamed_ms(UNIT, 0, 10_000)).toBe(5500);
  });

  test("that a command makes is the command's if it is over within the window, and else the gateway's", () => {
    const inTime = outagesOf([loss()], 5000, [RESTART]);
    expect(inTime.all).toMatchObject([{ culprit: "action", action: "restart" }]);
    expect(inTime.culprit(UNIT, 2000, 2000)).toBe("action");
    expect(inTime.blamed_ms(UNIT, 0, 10_000)).toBe(0);
    for (const back_ms of [6500, undefined]) {
      const late = outagesOf([loss()], back_ms, [RESTART]);
      expect(late.culprit(UNIT, 2000, 2000)).toBe("gateway");
    }
    const before = outagesOf([loss({ heard_ms: 100, since_ms: 200, at_ms: 900 })], 5000, [RESTART]);
    expect(before.culprit(UNIT, 2000, 2000)).toBe("gateway");
  });

  test("of congestion lasts for as long as the device holds its peace", () => {
    const outages = new Outages();
    outages.paused(UNIT, 1000, 6000, "congestion");
    outages.close([]);
    expect(outages.all).toMatchObject([{ reason: "congestion", culprit: "gateway", to_ms: 6000 }]);
  });
});

test("outages cannot be asked before all of them are known", () => {
  expect(() => new Outages().culprit(UNIT, 0, 1)).toThrow("call close() first");
});
