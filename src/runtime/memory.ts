import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { CodedError } from "../errors.ts";

const MEBIBYTE = 2 ** 20;
/** What V8 adds for young objects to the limit that it tells: three spaces of the largest size, by its version. */
const YOUNG_MAX = (Number(process.versions.node.split(".")[0]) >= 24 ? 3 * 64 : 3 * 16) * MEBIBYTE;
/**
 * So much of the heap may be in use. V8 gives up at once when it is full, and from four fifths on when collecting
 * takes most of the time; either way it ends the process with a dump.
 */
const SHARE_MAX = 0.78;
/** So much with young objects, of which many may be garbage: those in use become old ones all at once. */
const SHARE_WITH_YOUNG_MAX = 0.95;
const YOUNG = ["new_space", "new_large_object_space"];

const limit = getHeapStatistics().heap_size_limit - YOUNG_MAX;
let collect: (() => void) | undefined;

/**
 * Ends what works here before V8 does. Call it wherever a large plant takes more memory, once a unit or a slice of
 * time: it takes some microseconds, and a collection when memory is nearly used up.
 *
 * @throws CodedError `out-of-memory`
 */
export function checkMemory(): void {
  const { used_heap_size: all } = getHeapStatistics();
  // Nearly always so, and quicker to ask.
  if (all < SHARE_MAX * limit) return;
  if (all < SHARE_WITH_YOUNG_MAX * limit && all - youngBytes() < SHARE_MAX * limit) return;
  // Much of it may be garbage.
  collect ??= exposeCollector();
  collect();
  const { used_heap_size: used } = getHeapStatistics();
  if (used < SHARE_MAX * limit) return;
  const [taken, most] = [used, limit].map((bytes) => `${Math.round(bytes / MEBIBYTE)} MiB`);
  const what = `this needs more memory than Node.js may use: ${taken} of ${most} are taken`;
  const fix =
    "Take fewer units, spread them with --hosts, or allow more: NODE_OPTIONS=--max-old-space-size=8192.";
  throw new CodedError("out-of-memory", what, fix);
}

const youngBytes = (): number =>
  getHeapSpaceStatistics().reduce(
    (sum, { space_name, space_used_size }) => sum + (YOUNG.includes(space_name) ? space_used_size : 0),
    0,
  );

/** V8's collector, without a flag on the command line. */
function exposeCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
