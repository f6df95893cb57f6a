import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { CodedError, CodedErrors, type ErrorCode, type SourcePlace } from "../errors.ts";
import type { Command, CommandResult, UnitDescription } from "../protocol/port.ts";
import type { RecordedInput } from "../plant/cell.ts";
import type { AlarmPage, AlarmQuery } from "./alarm-page.ts";
import type { FaultPage, FaultQuery } from "./fault-page.ts";
import type {
  HostEvents,
  HostLink,
  HostSnapshot,
  HostTask,
  Neighbours,
  Progress,
  Readiness,
} from "./host-link.ts";
import { endWithProcess } from "./orphans.ts";
import type { Pace, PaceOrder } from "./pacer.ts";
import type { CapturedDatagram, HostResult, View, ViewQuery } from "./result.ts";
import type { UnitLook } from "./unit-look.ts";
import type { Past } from "./unit-past.ts";
import type { WireFaultOrder, WireOutcome } from "./wire-faults.ts";
import type { WirePage, WireQuery } from "./wire-page.ts";

/** An error on its way between processes. */
export interface PackedError {
  readonly code: ErrorCode;
  readonly what: string;
  readonly fix: string;
  readonly place: SourcePlace | undefined;
}

/** From the run to a host: first its task, then calls. */
export type ToHost =
  | { readonly kind: "task"; readonly task: HostTask }
  | {
      readonly kind: "call";
      readonly id: number;
      readonly method: HostMethod;
      readonly args: readonly unknown[];
    };

/** From a host to the run. */
export type FromHost =
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "failure"; readonly id: number; readonly errors: readonly PackedError[] }
  | { readonly kind: "log"; readonly line: string }
  | { readonly kind: "input"; readonly input: RecordedInput }
  | { readonly kind: "died"; readonly errors: readonly PackedError[] }
  | { readonly kind: "alive" };

export type HostMethod = Exclude<keyof HostLink, "dispose">;

/** A host says this often that it lives. */
export const ALIVE_EVERY_MS = 1000;
/** A host that said nothing between so many looks, one each ALIVE_EVERY_MS, hangs: opening a server takes less than one. */
const SILENT_LOOKS_MAX = 15;
/** Names of cells that a message about a lost host shows. */
const CELLS_SHOWN = 5;

interface Pending {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** A host in a process of its own, watched: when it ends or falls silent, every call fails with `host-lost`. */
export class RemoteHost implements HostLink {
  readonly #number: number;
  readonly #cells: readonly string[];
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #events: HostEvents;
  readonly #pending = new Map<number, Pending>();
  readonly #watchdog: NodeJS.Timeout;
  #nextId = 1;
  /** Counted in looks, not in time: where this process was kept from looking, a host was kept from speaking. */
  #silentLooks = 0;
  #lost: CodedError | CodedErrors | undefined;

  constructor(number: number, task: HostTask, events: HostEvents) {
    this.#number = number;
    this.#cells = task.plan.units.map((unit) => unit.name);
    this.#events = events;
    // From src, as tests run it, the program is TypeScript; built, it is JavaScript.
    const extension = import.meta.url.slice(-3);
    const script = fileURLToPath(new URL(`./host-process${extension}`, import.meta.url));
    this.#child = fork(script, [], {
      serialization: "advanced",
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#ended = new Promise((resolve) => this.#child.once("exit", resolve).once("error", resolve));
    // One that hangs would not notice that its run is gone.
    void this.#ended.then(endWithProcess(() => this.#child.kill("SIGKILL")));
    this.#child.on("message", (message) => this.#receive(message as FromHost));
    this.#child.once("error", (error) => this.#lose(`could not be started: ${error.message}`));
    this.#child.once("exit", (code, signal) => this.#lose(`ended with ${signal ?? `code ${code}`}`));
    this.#watchdog = setInterval(() => this.#checkSilence(), ALIVE_EVERY_MS);
    this.#send({ kind: "task", task });
  }

  openServers(): Promise<Readonly<Record<string, string>>> {
    return this.#call("openServers");
  }

  openDevices(neighbours: Neighbours): Promise<void> {
    return this.#call("openDevices", neighbours);
  }

  missing(ready: Readiness): Promise<readonly string[]> {
    return this.#call("missing", ready);
  }

  begin(wireStart_ms: number): Promise<void> {
    return this.#call("begin", wireStart_ms);
  }

  halt(): Promise<number> {
    return this.#call("halt");
  }

  report(end_s: number, within_ms: number): Promise<HostResult> {
    return this.#call("report", end_s, within_ms);
  }

  captured(units: readonly string[], max: number): Promise<readonly CapturedDatagram[]> {
    return this.#call("captured", units, max);
  }

  metrics(): Promise<Progress> {
    return this.#call("metrics");
  }

  view(query: ViewQuery): Promise<View> {
    return this.#call("view", query);
  }

  command(unit: string, command: Command): Promise<CommandResult> {
    return this.#call("command", unit, command);
  }

  pace(order: PaceOrder): Promise<Pace> {
    return this.#call("pace", order);
  }

  describe(unit: string): Promise<UnitDescription> {
    return this.#call("describe", unit);
  }

  look(unit: string): Promise<UnitLook> {
    return this.#call("look", unit);
  }

  past(unit: string, signals: readonly string[], span_s: number): Promise<Readonly<Record<string, Past>>> {
    return this.#call("past", unit, signals, span_s);
  }

  seekEvent(unit: string): Promise<number> {
    return this.#call("seekEvent", unit);
  }

  alarms(query: AlarmQuery): Promise<AlarmPage> {
    return this.#call("alarms", query);
  }

  faults(query: FaultQuery): Promise<FaultPage> {
    return this.#call("faults", query);
  }

  wire(query: WireQuery): Promise<WirePage> {
    return this.#call("wire", query);
  }

  snapshot(): Promise<HostSnapshot> {
    return this.#call("snapshot");
  }

  beginWireFault(unit: string, order: WireFaultOrder): Promise<WireOutcome> {
    return this.#call("beginWireFault", unit, order);
  }

  clearWireFault(unit: string, id: string): Promise<WireOutcome> {
    return this.#call("clearWireFault", unit, id);
  }

  /** The end of the process closes its sockets faster than it could itself. */
  async dispose(): Promise<void> {
    clearInterval(this.#watchdog);
    this.#lost ??= this.#lostError("was ended");
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  #call<T>(method: HostMethod, ...args: unknown[]): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#lost) return reject(this.#lost);
      const id = this.#nextId++;
      this.#pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#send({ kind: "call", id, method, args });
    });
  }

  #send(message: ToHost): void {
    // A channel that is closed shows as the end of the process, which says more.
    this.#child.send(message, () => undefined);
  }

  #receive(message: FromHost): void {
    this.#silentLooks = 0;
    if (message.kind === "log") this.#events.log(message.line);
    else if (message.kind === "input") this.#events.input(message.input);
    else if (message.kind === "died") this.#end(unpack(message.errors));
    else if (message.kind !== "alive") this.#settle(message);
  }

  #settle(message: Extract<FromHost, { id: number }>): void {
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.kind === "answer") pending?.resolve(message.value);
    else pending?.reject(unpack(message.errors));
  }

  #checkSilence(): void {
    this.#silentLooks += 1;
    if (this.#silentLooks < SILENT_LOOKS_MAX || this.#lost) return;
    this.#lose(`has been silent for ${(this.#silentLooks * ALIVE_EVERY_MS) / 1000} s`);
    this.#child.kill("SIGKILL");
  }

  #lose(how: string): void {
    this.#end(this.#lostError(how));
  }

  /** Every call that waits, or comes later, fails with the first reason. */
  #end(why: CodedError | CodedErrors): void {
    clearInterval(this.#watchdog);
    this.#lost ??= why;
    for (const pending of this.#pending.values()) pending.reject(this.#lost);
    this.#pending.clear();
  }

  #lostError(how: string): CodedError {
    const more = this.#cells.length - CELLS_SHOWN;
    const cells = this.#cells.slice(0, CELLS_SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
    const fix =
      "The run cannot go on without its cells; see what else ended on this machine, such as for want of memory.";
    return new CodedError(
      "host-lost",
      `host ${this.#number} (process ${this.#child.pid}) ${how}; it held ${cells}`,
      fix,
    );
  }
}

/** Coded errors travel as they are; anything else becomes `internal`. */
export function pack(error: unknown): PackedError[] {
  if (error instanceof CodedErrors) return error.errors.flatMap(pack);
  if (error instanceof CodedError) {
    return [{ code: error.code, what: error.message, fix: error.fix, place: error.place }];
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const what = "something that must not happen has happened in a process that held a part of the plant";
  const fix = `This is a defect in Taktwerk; please report it with the scenario, the seed and the following lines.\n${trace}`;
  return [{ code: "internal", what, fix, place: undefined }];
}

function unpack(errors: readonly PackedError[]): CodedError | CodedErrors {
  const unpacked = errors.map(({ code, what, fix, place }) => new CodedError(code, what, fix, place));
  return unpacked.length === 1 ? unpacked[0]! : new CodedErrors(unpacked);
}

/** Processes that a fleet of this size is worth: 100 to 300 units each, as far as there are cores. */
export function hostsFor(units: number, cores: number): number {
  return Math.max(1, Math.min(cores, Math.ceil(units / UNITS_PER_HOST)));
}

const UNITS_PER_HOST = 150;
