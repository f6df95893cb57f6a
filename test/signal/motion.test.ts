import fc from "fast-check";
import { expect, test } from "vitest";
import { CubicMotion } from "../../src/signal/motion.ts";

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });

test("a motion that is given another velocity on its way goes on without a jump, inside its limits, to its end", () => {
  const bounds = fc.record({
    velocity: number(1, 800),
    acceleration: number(100, 9000),
    jerk: number(1000, 120_000),
  });
  fc.assert(
    fc.property(bounds, number(0.05, 2), number(-400, 400), number(0, 1), (limits, factor, way, when) => {
      const first = CubicMotion.plan(0, 0, way, limits);
      const now_s = when * first.end_s;
      const [from, velocity] = [first.value(now_s), first.velocity(now_s)];
      const changed = { ...limits, velocity: limits.velocity * factor };
      const next = CubicMotion.replan(now_s, from, velocity, way, changed);
      if (!next) return;
      expect(next.value(now_s)).toBe(from);
      expect(next.velocity(now_s)).toBeCloseTo(velocity, 6);
      expect(next.value(next.end_s) + 0).toBe(way + 0);
      const fastest = Math.max(changed.velocity, Math.abs(velocity));
      let before = from;
      for (let i = 1; i <= 200; i++) {
        const time_s = now_s + ((next.end_s - now_s) * i) / 200;
        expect(Math.abs(next.velocity(time_s))).toBeLessThanOrEqual(fastest * (1 + 1e-6) + 1e-6);
        expect(Math.abs(next.acceleration(time_s))).toBeLessThanOrEqual(limits.acceleration * (1 + 1e-6));
        // Towards the end all the way, never beyond it.
        expect((next.value(time_s) - before) * Math.sign(way)).toBeGreaterThanOrEqual(-1e-6);
        before = next.value(time_s);
      }
      expect(Math.abs(next.value(next.end_s - 1e-9) - way)).toBeLessThan(1e-3);
    }),
    { seed: 7, numRuns: 500 },
  );
});
