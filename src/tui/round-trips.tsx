import { ROUND_TRIP_BOUNDS_MS, type RoundTrips } from "../runtime/latency.ts";
import { sparkline } from "./chart.ts";
import { Text } from "./safe-text.tsx";
import { fitRight } from "./text.ts";

const LABEL_WIDTH = 10;
const COUNT_WIDTH = 8;
const BAR_WIDTH = 60;

const total = ({ counts }: RoundTrips): number => counts.reduce((sum, count) => sum + count, 0);

const formatBound = (bound_ms: number): string =>
  bound_ms < 1000 ? `${bound_ms} ms` : `${bound_ms / 1000} s`;

/** "within 5 ms": the bound of the bucket in which a share of all is reached. */
function within(roundTrips: RoundTrips, share: number): string {
  let left = share * total(roundTrips);
  const bucket = roundTrips.counts.findIndex((count) => (left -= count) <= 0);
  const bound_ms = ROUND_TRIP_BOUNDS_MS[bucket];
  return bound_ms === undefined
    ? `over ${formatBound(ROUND_TRIP_BOUNDS_MS.at(-1)!)}`
    : `within ${formatBound(bound_ms)}`;
}

/** What the gateways' acknowledgements took, on a line. From sending on, which is true at every speed. */
export function formatRoundTrips(roundTrips: RoundTrips): string {
  if (total(roundTrips) === 0) return "nothing acknowledged yet, as messages of QoS 1 and 2 are";
  const points = roundTrips.counts.map((value, time_s) => ({ time_s, value }));
  const [first, last] = [formatBound(ROUND_TRIP_BOUNDS_MS[0]!), formatBound(ROUND_TRIP_BOUNDS_MS.at(-1)!)];
  return [
    `round trip half ${within(roundTrips, 0.5)}, 99 % ${within(roundTrips, 0.99)}, slowest ${roundTrips.max_ms.toFixed(1)} ms`,
    `${first} ${sparkline(points, points.length)} ${last}`,
  ].join("  ");
}

/** The buckets that a histogram draws: from the first that holds something to the last. */
export function shownBuckets({ counts }: RoundTrips): readonly { label: string; count: number }[] {
  const isHeld = (count: number): boolean => count > 0;
  const [first, last] = [counts.findIndex(isHeld), counts.findLastIndex(isHeld)];
  const labelOf = (bucket: number): string => {
    const bound_ms = ROUND_TRIP_BOUNDS_MS[bucket];
    return bound_ms === undefined
      ? `> ${formatBound(ROUND_TRIP_BOUNDS_MS.at(-1)!)}`
      : `≤ ${formatBound(bound_ms)}`;
  };
  return counts.flatMap((count, i) =>
    first < 0 || i < first || i > last ? [] : [{ label: labelOf(i), count }],
  );
}

/** A line a bucket. */
export function RoundTripBars({
  roundTrips,
  width,
}: {
  readonly roundTrips: RoundTrips;
  readonly width: number;
}) {
  const buckets = shownBuckets(roundTrips);
  const most = Math.max(...buckets.map(({ count }) => count));
  const room = Math.max(Math.min(width - LABEL_WIDTH - COUNT_WIDTH - 3, BAR_WIDTH), 1);
  return (
    <>
      {buckets.map(({ label, count }) => (
        <Text key={label} wrap="truncate">
          {`${fitRight(label, LABEL_WIDTH)}${fitRight(String(count), COUNT_WIDTH)} `}
          <Text color="cyan">{count === 0 ? "" : "█".repeat(Math.floor((count / most) * room)) || "▏"}</Text>
        </Text>
      ))}
    </>
  );
}
