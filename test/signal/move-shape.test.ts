import fc from "fast-check";
import { expect, test } from "vitest";
import { durationOf, pieceAt, planMove } from "../../src/signal/move-shape.ts";

const BOUNDS = { velocity: 600, acceleration: 5000, jerk: 50_000 };

test("a shape is planned once while it is in use, and by value of its bounds", () => {
  const shape = planMove(120, BOUNDS);
  expect(planMove(120, { ...BOUNDS })).toBe(shape);
  for (const other of [
    planMove(121, BOUNDS),
    planMove(120, { ...BOUNDS, jerk: 40_000 }),
    // The same sum, by which shapes are kept.
    planMove(120, { ...BOUNDS, velocity: 700, acceleration: 4900 }),
  ])
    expect(durationOf(other)).not.toBe(durationOf(shape));
});

test("many distances in turn never get the shape of another", () => {
  const distances = fc.array(fc.double({ min: 0.001, max: 2000, noNaN: true }), {
    minLength: 2,
    maxLength: 50,
  });
  fc.assert(
    fc.property(distances, (wanted) => {
      for (const distance of [...wanted, ...wanted]) {
        const shape = planMove(distance, BOUNDS);
        const last = pieceAt(shape, durationOf(shape));
        expect([shape.distance, shape.coefficients[4 * last], shape.coefficients[4 * last + 1]]).toEqual([
          distance,
          distance,
          0,
        ]);
      }
    }),
    { numRuns: 100 },
  );
});
