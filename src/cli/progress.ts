import type { Run } from "../runtime/run.ts";
import type { ViewQuery } from "../runtime/result.ts";
import { formatDuration } from "../scenario/duration.ts";

const EVERY_MS = 10_000;
/** Nobody: only the time is asked for. */
const NO_UNIT: ViewQuery = { columns: [], offset: 0, limit: 0 };

/** What progress is written to. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * Says every ten seconds how far a run is: in place on a terminal, else a line each.
 *
 * @param stream  standard error, so that what a run prints stays what it was
 * @returns ends it; calling it twice is harmless
 */
export function showProgress(
  run: Pick<Run, "view">,
  duration_s: number,
  stream: ProgressStream = process.stderr,
): () => void {
  const began_ms = performance.now();
  let isOver = false;
  let isShown = false;
  const show = async (): Promise<void> => {
    const { plantTime_s } = await run.view(NO_UNIT);
    if (isOver) return;
    const line = formatProgress(plantTime_s, duration_s, (performance.now() - began_ms) / 1000);
    stream.write(stream.isTTY ? `\r${line}\x1b[K` : `${line}\n`);
    isShown = true;
  };
  // A view that fails belongs to a run that fails, which says why.
  const timer = setInterval(() => void show().catch(() => undefined), EVERY_MS);
  return () => {
    clearInterval(timer);
    if (isShown && !isOver && stream.isTTY) stream.write("\r\x1b[K");
    isOver = true;
  };
}

/** "42 %  3h 22m of 8h, about 40s to go" */
function formatProgress(plantTime_s: number, duration_s: number, wallTime_s: number): string {
  const share = plantTime_s / duration_s;
  const left_s = (wallTime_s * (1 - share)) / share;
  const estimate = share > 0 ? `, about ${formatDuration(Math.ceil(left_s))} to go` : "";
  const percent = Math.floor(share * 100);
  return `${percent} %  ${formatDuration(Math.floor(plantTime_s))} of ${formatDuration(duration_s)}${estimate}`;
}
