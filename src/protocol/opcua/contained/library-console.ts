/**
 * The library prints some of what peers send to standard output. It is kept from that while it works on their octets,
 * and our own lines that come out of that work are printed all the same. Both have to be synchronous.
 */
import { debuglog } from "node:util";

const log = debuglog("opcua");
const METHODS = ["log", "warn", "error"] as const;
type Printers = Pick<Console, (typeof METHODS)[number]>;

const sink = (...args: unknown[]): void => log("%o", args);
const SILENT: Printers = { log: sink, warn: sink, error: sink };

/** What stands at the console while it is silent. */
let real: Printers | undefined;

/** Works while the library prints nothing; `NODE_DEBUG=opcua` shows what it would have. */
export function quietly<T>(work: () => T): T {
  if (real) return work();
  const before = (real = { log: console.log, warn: console.warn, error: console.error });
  Object.assign(console, SILENT);
  try {
    return work();
  } finally {
    Object.assign(console, before);
    real = undefined;
  }
}

/** Works within `quietly` as if outside of it. */
export function loudly<T>(work: () => T): T {
  if (!real) return work();
  const before = real;
  Object.assign(console, before);
  real = undefined;
  try {
    return work();
  } finally {
    real = before;
    Object.assign(console, SILENT);
  }
}
