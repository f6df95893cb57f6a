import { addMetrics } from "../scenario/metrics.ts";
import { judgeThresholds, type AbortPlan } from "../scenario/thresholds.ts";
import type { HostLink } from "./host-link.ts";

/** How often it looks, in wall time. */
const LOOK_EVERY_MS = 500;

/** Looks at thresholds while a run goes on, and says when one has failed that is to end it. */
export class AbortWatch {
  readonly #aborts: readonly AbortPlan[];
  readonly #hosts: readonly HostLink[];
  readonly #onFailed: (threshold: string) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    aborts: readonly AbortPlan[],
    hosts: readonly HostLink[],
    onFailed: (threshold: string) => void,
  ) {
    this.#aborts = aborts;
    this.#hosts = hosts;
    this.#onFailed = onFailed;
  }

  start(): void {
    if (this.#aborts.length > 0) this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer = setTimeout(() => {
      this.#look().then(
        (failed) => {
          // Somebody may have stopped it meanwhile.
          if (this.#timer === undefined) return;
          if (failed !== undefined) this.#onFailed(failed);
          else this.#arm();
        },
        // A host that is lost fails the run itself.
        () => undefined,
      );
    }, LOOK_EVERY_MS);
  }

  /** @returns the first one that does not hold; what has no samples yet does not count */
  async #look(): Promise<string | undefined> {
    const parts = await Promise.all(this.#hosts.map((host) => host.metrics()));
    const plantTime_s = Math.min(...parts.map((part) => part.plantTime_s));
    const due = this.#aborts.filter(({ delay_s }) => plantTime_s >= delay_s).map(({ text }) => text);
    const outcomes = judgeThresholds(due, addMetrics(parts.map(({ metrics }) => metrics)), false);
    return outcomes.find(({ verdict, value }) => verdict === "failed" && value !== undefined)?.text;
  }
}
