/** When a device saw its gateway fail, and whose doing that was. All times are milliseconds since 1970. */

/** A gateway that did not take a unit's messages, as its device saw it: one failed attempt. */
export interface Loss {
  readonly reason: string;
  /** When the gateway last answered as it should */
  readonly heard_ms: number;
  /** From when on it did not */
  readonly since_ms: number;
  /** When the device gave up */
  readonly at_ms: number;
  /** Whether faults of ours on the link alone account for it */
  readonly isExplained: boolean;
}

/** A command of the scenario that may take the gateway away, and how long it may stay away for that. */
export interface ActionWindow {
  readonly id: string;
  readonly from_ms: number;
  readonly to_ms: number;
}

/** What kept messages of some units back: the gateway, a fault of ours on the link, or a command of the scenario. */
export type Culprit = "gateway" | "fault" | "action";

/** A time in which one unit had no gateway that took its messages. */
export interface UnitOutage {
  readonly unit: string;
  /** Of the first loss */
  readonly reason: string;
  readonly heard_ms: number;
  readonly from_ms: number;
  /** Infinity when it lasted to the end */
  readonly to_ms: number;
  readonly culprit: Culprit;
  /** From when on the gateway is to blame; Infinity when it is not */
  readonly blamedFrom_ms: number;
  /** Id of the command that made it */
  readonly action?: string;
}

type Open = { -readonly [key in Exclude<keyof UnitOutage, "culprit" | "action">]: UnitOutage[key] } & {
  readonly noticed_ms: number;
};

/** The outages of a host's units. */
export class Outages {
  readonly #ofUnit = new Map<string, Open[]>();
  #closed: ReadonlyMap<string, readonly UnitOutage[]> | undefined;

  lost(unit: string, { reason, heard_ms, since_ms, at_ms, isExplained }: Loss): void {
    const all = this.#ofUnit.get(unit) ?? [];
    this.#ofUnit.set(unit, all);
    const last = all.at(-1);
    const blamedFrom_ms = isExplained ? Infinity : since_ms;
    if (last?.to_ms === Infinity) last.blamedFrom_ms = Math.min(last.blamedFrom_ms, blamedFrom_ms);
    else {
      const times = { heard_ms, from_ms: since_ms, to_ms: Infinity, noticed_ms: at_ms };
      all.push({ unit, reason, ...times, blamedFrom_ms });
    }
  }

  /** The unit's device is connected again. */
  back(unit: string, at_ms: number): void {
    const last = this.#ofUnit.get(unit)?.at(-1);
    if (last?.to_ms === Infinity) last.to_ms = at_ms;
  }

  /** A time in which the device might not publish, which has an end from the begin on. */
  paused(unit: string, from_ms: number, to_ms: number, reason: string): void {
    this.lost(unit, { reason, heard_ms: from_ms, since_ms: from_ms, at_ms: from_ms, isExplained: false });
    this.back(unit, to_ms);
  }

  /** Nothing comes any more. @param windows  of the scenario's commands */
  close(windows: readonly ActionWindow[]): void {
    this.#closed = new Map(
      [...this.#ofUnit].map(([unit, all]) => [unit, all.map((outage) => judged(outage, windows))]),
    );
  }

  /** In their order; call `close` first. */
  get all(): readonly UnitOutage[] {
    return [...this.#outages.values()].flat();
  }

  /** What kept a message of a unit back in that time; undefined when nothing did. Call `close` first. */
  culprit(unit: string, from_ms: number, to_ms: number): Culprit | undefined {
    const meets = (begin_ms: number, end_ms: number): boolean => begin_ms <= to_ms && end_ms >= from_ms;
    const met = (this.#outages.get(unit) ?? []).filter((it) => meets(it.heard_ms, it.to_ms));
    const isBlamed = met.some(({ culprit, blamedFrom_ms, to_ms: end_ms, from_ms: begin_ms, heard_ms }) => {
      // Blamed from the begin on means from the last sign of life on.
      const since_ms = blamedFrom_ms <= begin_ms ? heard_ms : blamedFrom_ms;
      return culprit === "gateway" && meets(since_ms, end_ms);
    });
    if (isBlamed) return "gateway";
    return (
      met.find(({ culprit }) => culprit !== "gateway")?.culprit ?? (met.length > 0 ? "fault" : undefined)
    );
  }

  /** Of a time, how much of it the gateway was to blame for not taking a unit's messages. Call `close` first. */
  blamed_ms(unit: string, from_ms: number, to_ms: number): number {
    return (this.#outages.get(unit) ?? []).reduce((sum, outage) => {
      const begin_ms = Math.max(from_ms, outage.culprit === "gateway" ? outage.blamedFrom_ms : Infinity);
      return sum + Math.max(0, Math.min(to_ms, outage.to_ms) - begin_ms);
    }, 0);
  }

  get #outages(): ReadonlyMap<string, readonly UnitOutage[]> {
    if (!this.#closed) throw new Error("outages are judged when all of them are known: call close() first");
    return this.#closed;
  }
}

/** A command accounts for what was noticed in its window, and only if the gateway was back before that was over. */
function judged({ noticed_ms, ...outage }: Open, windows: readonly ActionWindow[]): UnitOutage {
  if (outage.blamedFrom_ms === Infinity) return { ...outage, culprit: "fault" };
  const action = windows.find(({ from_ms, to_ms }) => noticed_ms >= from_ms && outage.to_ms <= to_ms);
  if (!action) return { ...outage, culprit: "gateway" };
  return { ...outage, culprit: "action", blamedFrom_ms: Infinity, action: action.id };
}
