/** What goes wrong with a server on purpose, for as long as it is said to; it outlasts a restart. */
import { DataType, NodeClass, Variant } from "node-opcua";
import type { AddressSpace, BaseNode, DataValue, ServerSecureChannelLayer, UAVariable } from "node-opcua";

import type { StatusCode } from "../port.ts";
import { UNIT_NAMESPACE } from "./information-model.ts";
import { BAD, statusCode } from "./live-values.ts";

type Answer = (error: Error | null, value?: DataValue) => void;

/** Both ways in which the library asks a Variable for its value. */
interface Readable {
  readValue(...args: unknown[]): DataValue;
  readValueAsync(context: unknown, answer?: Answer): Promise<DataValue> | void;
}

export class Disturbances {
  #delay_ms = 0;
  #refusesSessions = false;
  readonly #statuses = new Map<string, StatusCode>();
  #frozen: Date | undefined;
  #space: AddressSpace | undefined;

  get refusesSessions(): boolean {
    return this.#refusesSessions;
  }

  /** Every response, notifications included, waits so long before it is sent; 0 for not at all. */
  delayResponses(delay_ms: number): void {
    this.#delay_ms = delay_ms;
  }

  /** Whoever wants a session is told BadTooManySessions; sessions that there are stay. */
  refuseSessions(refused: boolean): void {
    this.#refusesSessions = refused;
  }

  /**
   * Variables answer with this status, without a value if it is a bad one; undefined lets them be.
   *
   * @param ids  node ids in the namespace of units: "cnc-01/spindle-speed"; those of no Variable are left out
   * @returns how many Variables it is about
   */
  setStatus(ids: readonly string[], status: StatusCode | undefined): number {
    for (const id of ids) {
      if (status === undefined) this.#statuses.delete(id);
      else this.#statuses.set(id, status);
    }
    this.#apply();
    return [...this.#variables()].filter(([id]) => ids.includes(id)).length;
  }

  /** Values of all units go on, and their source timestamps stay at this moment; undefined lets them go on. */
  freezeTimestamps(at: Date | undefined): void {
    this.#frozen = at;
    this.#apply();
  }

  /** The space of a server that is about to start. */
  attach(space: AddressSpace): void {
    this.#space = space;
    this.#apply();
  }

  watch(channel: ServerSecureChannelLayer): void {
    const send = channel.send_response.bind(channel);
    channel.send_response = (type, ...rest) => {
      if (this.#delay_ms === 0 || type !== "MSG") send(type, ...rest);
      // A channel that is gone by then sends nothing.
      else setTimeout(() => send(type, ...rest), this.#delay_ms).unref();
    };
  }

  *#variables(): Generator<[id: string, variable: UAVariable]> {
    const namespace = this.#space?.getNamespace(UNIT_NAMESPACE);
    if (!namespace) return;
    for (const node of namespace.nodeIterator() as Iterable<BaseNode>) {
      if (node.nodeClass === NodeClass.Variable) yield [String(node.nodeId.value), node as UAVariable];
    }
  }

  #apply(): void {
    for (const [id, variable] of this.#variables()) {
      const isTouched = this.#frozen !== undefined || this.#statuses.has(id);
      if (isTouched) distort(variable, (value) => this.#change(id, value));
      else restore(variable);
    }
  }

  #change(id: string, value: DataValue): DataValue {
    const changed = value.clone();
    const status = this.#statuses.get(id);
    if (status !== undefined) {
      changed.statusCode = statusCode(status);
      if (status >= BAD) changed.value = new Variant({ dataType: DataType.Null });
    }
    if (this.#frozen) changed.sourceTimestamp = this.#frozen;
    return changed;
  }
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
