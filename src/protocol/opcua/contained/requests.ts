/**
 * A request that makes a handler throw, or a promise of it fail, costs that request: its client is told a ServiceFault.
 */
import { StatusCodes } from "node-opcua";
import type { Message, OPCUABaseServer, ServerSecureChannelLayer } from "node-opcua";

import type { Containment } from "../../containment.ts";
import { connectionOf } from "./connection.ts";
import { askedBy, sendFault } from "./faults.ts";
import { loudly } from "./library-console.ts";
import { requestSlices } from "./work-slices.ts";

type Handler = (message: Message, channel: ServerSecureChannelLayer) => unknown;

/** What handlers of requests with a session leave to a promise that they do not wait for; discovery servers lack it. */
interface Applying {
  _apply_on_SessionObject?(
    Response: unknown,
    message: Message,
    channel: ServerSecureChannelLayer,
    action: unknown,
  ): Promise<void>;
}

/** Requests of a connection that wait for their turn before its socket is read no further. */
const WAITING_MAX = 64;

/** Requests of one server. */
export class ContainedRequests {
  readonly #containment: Containment;
  readonly #waiting = new Map<ServerSecureChannelLayer, number>();

  constructor(containment: Containment) {
    this.#containment = containment;
  }

  /** Contains every handler of a server, `_on_ReadRequest` and its like; to be called once. */
  contain(server: OPCUABaseServer): void {
    const handlers = server as unknown as Record<string, Handler>;
    for (const name of handlerNames(server)) {
      const handle = handlers[name]!.bind(server);
      handlers[name] = (message, channel) => {
        try {
          const handled = handle(message, channel);
          if (handled instanceof Promise)
            void handled.catch((error: unknown) => this.fail(error, message, channel));
        } catch (error) {
          this.fail(error, message, channel);
        }
      };
    }
    const applying = server as unknown as Applying;
    const apply = applying._apply_on_SessionObject?.bind(server);
    if (!apply) return;
    applying._apply_on_SessionObject = (Response, message, channel, action) =>
      apply(Response, message, channel, action).catch((error: unknown) => this.fail(error, message, channel));
  }

  /** Lets a server look at a request when it is its turn; the channel may be gone by then. */
  admit(message: Message, channel: ServerSecureChannelLayer, dispatch: () => void): void {
    const waiting = (this.#waiting.get(channel) ?? 0) + 1;
    this.#waiting.set(channel, waiting);
    const socket = connectionOf(channel)?.socket;
    if (waiting === WAITING_MAX) socket?.pause();
    requestSlices.run(() => {
      const left = this.#waiting.get(channel)! - 1;
      if (left > 0) this.#waiting.set(channel, left);
      else this.#waiting.delete(channel);
      if (left === WAITING_MAX >> 1) socket?.resume();
      if (channel.aborted || socket?.destroyed) return;
      try {
        if (isRequest(message)) loudly(dispatch);
        else sendFault(channel, askedBy(message), StatusCodes.BadServiceUnsupported);
      } catch (error) {
        this.fail(error, message, channel);
      }
    });
  }

  /** Takes note of what a request has caused and tells its client. */
  fail(error: unknown, message: Message, channel: ServerSecureChannelLayer): void {
    const service = message.request.schema.name.replace(/Request$/, "");
    this.#containment.settle(error, service, connectionOf(channel)?.peer);
    this.#containment.run("a ServiceFault", connectionOf(channel)?.peer, () =>
      sendFault(channel, askedBy(message), StatusCodes.BadInternalError),
    );
  }
}

const isRequest = ({ request }: Message): boolean =>
  request.schema.name.endsWith("Request") && "requestHeader" in request;

function handlerNames(server: object): string[] {
  const names = new Set<string>();
  for (
    let it: object | null = server;
    it && it !== Object.prototype;
    it = Object.getPrototypeOf(it) as object
  ) {
    for (const name of Object.getOwnPropertyNames(it)) if (/^_on_\w+$/.test(name)) names.add(name);
  }
  return [...names].filter((name) => typeof (server as Record<string, unknown>)[name] === "function");
}
