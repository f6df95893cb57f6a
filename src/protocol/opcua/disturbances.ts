/** What goes wrong with a server on purpose, for as long as it is said to; it outlasts a restart. */
import { DataType, NodeClass, Variant } from "node-opcua";
import type { AddressSpace, BaseNode, DataValue, ServerSecureChannelLayer, UAVariable } from "node-opcua";

import { fitsGlob } from "../../engine/glob.ts";
import type { StatusCode } from "../port.ts";
import { UNIT_NAMESPACE } from "./information-model.ts";
import { BAD, signalsOf, statusCode } from "./live-values.ts";
import { skewed } from "./skewed-response.ts";

type Answer = (error: Error | null, value?: DataValue) => void;

/** Both ways in which the library asks a Variable for its value. */
interface Readable {
  readValue(...args: unknown[]): DataValue;
  readValueAsync(context: unknown, answer?: Answer): Promise<DataValue> | void;
}

/** What goes wrong at once; several that are there at a time add. */
export interface Disturbance {
  /** Every response, notifications included, waits so long before it is sent. */
  readonly delay_ms?: number;
  /** Whoever wants a session is told BadTooManySessions; sessions that there are stay. */
  readonly refusesSessions?: boolean;
  /**
   * Variables that show a signal whose id fits answer with this status, without a value if it is a bad one; * stands
   * for anything, and alone for every Variable of the server's units. Of several, the worst is told.
   */
  readonly status?: { readonly signal: string; readonly code: StatusCode };
  /** Values of all units go on, and their source timestamps stay at the moment at which this began. */
  readonly freezesTimestamps?: boolean;
  /** Source timestamps of units are off by so much. */
  readonly sourceSkew_ms?: number;
  /** The server's own clock is off by so much: its timestamps, publish times and CurrentTime. */
  readonly serverSkew_ms?: number;
}

interface Active extends Disturbance {
  readonly began_ms: number;
}

/** Server_ServerStatus_CurrentTime */
const CURRENT_TIME = "i=2258";

export class Disturbances {
  readonly #active = new Set<Active>();
  readonly #now_ms: () => number;
  #space: AddressSpace | undefined;

  /** @param now_ms  what a source timestamp would be now, milliseconds since 1970 */
  constructor(now_ms: () => number) {
    this.#now_ms = now_ms;
  }

  get refusesSessions(): boolean {
    return [...this.#active].some((it) => it.refusesSessions);
  }

  /**
   * @returns what ends it
   * @throws Error when no Variable shows a signal that its status is about
   */
  add(disturbance: Disturbance): () => void {
    const active = { ...disturbance, began_ms: this.#now_ms() };
    const { status } = disturbance;
    if (status && this.#space && ![...this.#variables()].some((variable) => fits(variable, status.signal)))
      throw new Error(`no Variable shows a signal "${status.signal}"`);
    this.#active.add(active);
    this.#apply();
    return () => {
      if (this.#active.delete(active)) this.#apply();
    };
  }

  /** The space of a server that is about to start. */
  attach(space: AddressSpace): void {
    this.#space = space;
    this.#apply();
  }

  watch(channel: ServerSecureChannelLayer): void {
    const send = channel.send_response.bind(channel);
    channel.send_response = (type, response, ...rest) => {
      if (this.#active.size === 0 || type !== "MSG") return send(type, response, ...rest);
      const skew_ms = this.#sum((it) => it.serverSkew_ms);
      const told = skew_ms === 0 ? response : skewed(response, skew_ms);
      const delay_ms = this.#sum((it) => it.delay_ms);
      if (delay_ms === 0) send(type, told, ...rest);
      // A channel that is gone by then sends nothing.
      else setTimeout(() => send(type, told, ...rest), delay_ms).unref();
    };
  }

  #sum(of: (disturbance: Disturbance) => number | undefined): number {
    let sum = 0;
    for (const disturbance of this.#active) sum += of(disturbance) ?? 0;
    return sum;
  }

  *#variables(): Generator<UAVariable> {
    const namespace = this.#space?.getNamespace(UNIT_NAMESPACE);
    if (!namespace) return;
    for (const node of namespace.nodeIterator() as Iterable<BaseNode>) {
      if (node.nodeClass === NodeClass.Variable) yield node as UAVariable;
    }
  }

  #apply(): void {
    const active = [...this.#active];
    const statuses = active.flatMap(({ status }) => status ?? []);
    const frozen = active.filter((it) => it.freezesTimestamps).map(({ began_ms }) => began_ms);
    const frozen_ms = frozen.length > 0 ? Math.min(...frozen) : undefined;
    const skew_ms = this.#sum((it) => it.sourceSkew_ms);
    for (const variable of this.#variables()) {
      const codes = statuses.filter(({ signal }) => fits(variable, signal)).map(({ code }) => code);
      const status = codes.length > 0 ? Math.max(...codes) : undefined;
      if (status === undefined && frozen_ms === undefined && skew_ms === 0) restore(variable);
      else distort(variable, (value) => changed(value, status, frozen_ms, skew_ms));
    }
    const clock = this.#space?.findNode(CURRENT_TIME) as UAVariable | null | undefined;
    const serverSkew_ms = this.#sum((it) => it.serverSkew_ms);
    if (!clock) return;
    if (serverSkew_ms === 0) restore(clock);
    else distort(clock, (value) => shiftedTime(value, serverSkew_ms));
  }
}

/** Whether a Variable shows a signal whose id fits a pattern in which * stands for anything. */
function fits(variable: UAVariable, pattern: string): boolean {
  return pattern === "*" || signalsOf(variable).some((id) => fitsGlob(pattern, id));
}

function changed(
  original: DataValue,
  status: StatusCode | undefined,
  frozen_ms: number | undefined,
  skew_ms: number,
): DataValue {
  const value = original.clone();
  if (status !== undefined) {
    value.statusCode = statusCode(status);
    if (status >= BAD) value.value = new Variant({ dataType: DataType.Null });
  }
  if (frozen_ms !== undefined) value.sourceTimestamp = new Date(frozen_ms);
  if (skew_ms !== 0 && value.sourceTimestamp)
    value.sourceTimestamp = new Date(value.sourceTimestamp.getTime() + skew_ms);
  return value;
}

function shiftedTime(original: DataValue, skew_ms: number): DataValue {
  const time = original.value.value as Date | null;
  if (!time) return original;
  const value = original.clone();
  value.value = new Variant({ dataType: DataType.DateTime, value: new Date(time.getTime() + skew_ms) });
  return value;
}

/** Replaces both ways by ones that pass on what the Variable's own say. */
function distort(variable: UAVariable, change: (value: DataValue) => DataValue): void {
  const own = Object.getPrototypeOf(variable) as Readable;
  const readable: Readable = {
    readValue: (...args) => change(own.readValue.apply(variable, args)),
    readValueAsync: (context, answer) => {
      if (!answer) return (own.readValueAsync.call(variable, context) as Promise<DataValue>).then(change);
      return own.readValueAsync.call(variable, context, (error, value) =>
        answer(error, value && change(value)),
      );
    },
  };
  Object.assign(variable, readable);
}

function restore(variable: UAVariable): void {
  delete (variable as Partial<Readable>).readValue;
  delete (variable as Partial<Readable>).readValueAsync;
}
