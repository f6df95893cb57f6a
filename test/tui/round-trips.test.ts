import { expect, test } from "vitest";
import { addRoundTrips, LatencyRecorder } from "../../src/runtime/latency.ts";
import { formatRoundTrips, shownBuckets } from "../../src/tui/round-trips.tsx";

function recorded(...roundTrips_ms: readonly number[]): LatencyRecorder {
  const recorder = new LatencyRecorder();
  for (const roundTrip_ms of roundTrips_ms) recorder.acknowledged(roundTrip_ms, roundTrip_ms);
  return recorder;
}

test("round trips of several hosts are one histogram, from the first bucket that holds something to the last", () => {
  const sum = addRoundTrips([recorded(0.05, 2, 4.9).roundTrips, recorded(5, 60_000).roundTrips]);
  expect(shownBuckets(sum).filter(({ count }) => count > 0)).toEqual([
    { label: "≤ 0.1 ms", count: 1 },
    { label: "≤ 2 ms", count: 1 },
    { label: "≤ 5 ms", count: 2 },
    { label: "> 10 s", count: 1 },
  ]);
  expect(formatRoundTrips(sum)).toMatch(
    /^round trip half within 5 ms, 99 % over 10 s, slowest 600\d\d\.\d ms /,
  );
});

test("a bound is told in seconds from one second on, and without any acknowledgement there is none", () => {
  expect(formatRoundTrips(recorded(1500, 1500).roundTrips)).toMatch(/half within 2 s, 99 % within 2 s/);
  expect(formatRoundTrips(recorded().roundTrips)).toMatch(/^nothing acknowledged yet/);
  expect(shownBuckets(recorded().roundTrips)).toEqual([]);
});
