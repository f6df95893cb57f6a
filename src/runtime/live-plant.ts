import type { CommandResult, Value } from "../protocol/port.ts";
import type { Plan } from "../scenario/plan.ts";
import { urlOf } from "./addresses.ts";
import { hostInUrl, reachable } from "./embedded-gateway.ts";
import type { RunResult } from "./result.ts";
import { Run } from "./run.ts";
import type { WireFaultOrder, WireOutcome } from "./wire-faults.ts";

/** Where a unit is on the wire. */
export interface LiveUnit {
  readonly name: string;
  readonly group: string;
  /** "opc.tcp://127.0.0.1:24841"; undefined without a server */
  readonly opcua: string | undefined;
}

/** Between two looks of `waitFor`. */
const LOOK_EVERY_MS = 50;

/** A plant on the wire, in this process. */
export class LivePlant {
  readonly units: readonly LiveUnit[];
  /** Where the embedded gateway listens and its broker is; undefined when no unit needs it */
  readonly mqttsn: { readonly gateway: string; readonly broker: string } | undefined;
  readonly #run: Run;
  readonly #finished: Promise<RunResult>;

  /** @param run  on the wire */
  private constructor(plan: Plan, run: Run) {
    this.#run = run;
    const { opcua: urls, gateways, broker } = run.addresses!;
    this.units = plan.units.map(({ name, group, opcua }) => ({
      ...{ name, group },
      opcua: opcua && `opc.tcp://${hostInUrl(reachable(opcua.bind))}:${new URL(urls[name]!).port}`,
    }));
    this.mqttsn = broker === undefined ? undefined : { gateway: urlOf(gateways[0]!), broker };
    this.#finished = run.finish();
    // Its caller hears of what went wrong meanwhile.
    this.#finished.catch(() => undefined);
  }

  /** @throws CodedError, CodedErrors when an endpoint cannot open; nothing is left open then */
  static async start(plan: Plan, log: (line: string) => void): Promise<LivePlant> {
    const run = new Run(plan, { log, areAllFaulty: true });
    try {
      await run.start();
    } catch (error) {
      await run.close();
      throw error;
    }
    return new LivePlant(plan, run);
  }

  /** What a unit published last, for these signals. */
  async read(unit: string, ...signals: readonly string[]): Promise<Readonly<Record<string, Value>>> {
    const { rows } = await this.#run.view({ columns: signals, text: unit, offset: 0, limit: Infinity });
    const row = rows.find(({ name }) => name === unit);
    if (!row) throw new Error(`there is no unit ${unit}`);
    return row.values;
  }

  command(unit: string, name: string, given: Readonly<Record<string, Value>> = {}): Promise<CommandResult> {
    return this.#run.command(unit, { name, arguments: given });
  }

  /** Lets a fault of the machine or one of its sensors begin. @param id  by which it is cleared */
  inject(
    unit: string,
    fault: string,
    id: string,
    given: Readonly<Record<string, Value>> = {},
  ): Promise<CommandResult> {
    return this.command(unit, "inject-fault", { fault, id, ...given });
  }

  clear(unit: string, id: string): Promise<CommandResult> {
    return this.command(unit, "clear-fault", { id });
  }

  /** Lets a fault on the wire of a unit begin: of its server, its device or the way to them. */
  injectOnWire(
    unit: string,
    fault: string,
    id: string,
    given: Partial<WireFaultOrder["with"]> = {},
  ): Promise<WireOutcome> {
    return this.#run.beginWireFault(unit, { id, fault, with: given as WireFaultOrder["with"] });
  }

  clearOnWire(unit: string, id: string): Promise<WireOutcome> {
    return this.#run.clearWireFault(unit, id);
  }

  /**
   * Waits until something is so.
   *
   * @param within_ms  wall time that it may take
   * @throws Error when it is not so by then, RangeError when `within_ms` is no time
   */
  async waitFor(isSo: () => boolean | Promise<boolean>, within_ms: number): Promise<void> {
    if (!(within_ms >= 0 && within_ms < Infinity))
      throw new RangeError(`within_ms cannot be ${within_ms}; write milliseconds, 0 or more`);
    const end_ms = performance.now() + within_ms;
    while (!(await isSo())) {
      if (performance.now() > end_ms) throw new Error(`it was not so within ${within_ms} ms`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** Ends it and closes everything. @returns what it came to, with the ground truth of its faults */
  async stop(): Promise<RunResult> {
    this.#run.stop();
    try {
      return await this.#finished;
    } finally {
      await this.#run.close();
    }
  }
}
