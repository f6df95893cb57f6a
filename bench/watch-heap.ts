/**
 * `--import`ed into a program that a bench measures. SIGUSR2 has it collect its garbage and print what it keeps. It also
 * prints when it has collected its whole heap by itself, from the first marking on: `collected FROM TO`, milliseconds
 * since 1970.
 */
import { constants, performance, PerformanceObserver, type PerformanceEntry } from "node:perf_hooks";

const { NODE_PERFORMANCE_GC_INCREMENTAL: MARKING, NODE_PERFORMANCE_GC_MAJOR: MAJOR } = constants;

process.on("SIGUSR2", () => {
  globalThis.gc?.();
  console.log(`heap ${process.memoryUsage().heapUsed}`);
});

const kindOf = (entry: PerformanceEntry): number =>
  (entry as unknown as { readonly detail: { readonly kind: number } }).detail.kind;
let marking_ms: number | undefined;

new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (kindOf(entry) === MARKING) marking_ms ??= entry.startTime;
    if (kindOf(entry) !== MAJOR) continue;
    const [from_ms, to_ms] = [marking_ms ?? entry.startTime, entry.startTime + entry.duration];
    marking_ms = undefined;
    console.log(`collected ${performance.timeOrigin + from_ms} ${performance.timeOrigin + to_ms}`);
  }
}).observe({ entryTypes: ["gc"] });
