/** A sound OPC UA client beside hostile ones: what its subscription loses, and how late it publishes, is the measure. */
import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

import { RawClient, type RawAnswer } from "../opcua-raw/raw-client.ts";
import { ns0 } from "../opcua-raw/writer.ts";
import type { NeighbourAccount } from "./neighbour.ts";

/** The shortest that the library has, and the fewest intervals without a notification before it says so. */
const PUBLISHING_INTERVAL_MS = 50;
const KEEP_ALIVE_COUNT = 2;
const SILENCE_MAX_MS = PUBLISHING_INTERVAL_MS * KEEP_ALIVE_COUNT;
/** Publish requests that wait at the server, so that none is late by a round trip */
const WAITING = 3;
const CURRENT_TIME = ns0(2258);
/** Publishes that are late by more are told one by one. */
export const TOLD_MS = 100;

/** A publish that came late. */
export interface LatePublish {
  /** When it came, milliseconds since 1970 */
  readonly at_ms: number;
  readonly late_ms: number;
}

export interface OpcuaNeighbourAccount extends NeighbourAccount {
  readonly late: LatePublish[];
}

const noAccount = (): OpcuaNeighbourAccount => ({ sent: 0, lost: 0, worst_ms: 0, late: [] });

/** It monitors the server's clock, and hears of its subscription all the time: by a notification or a keep-alive. */
class OpcuaNeighbour {
  readonly account = noAccount();
  /** Hears of each notification. */
  readonly #onHeard: (account: OpcuaNeighbourAccount) => void;
  readonly #client: RawClient;
  #last_ms: number | undefined;
  #sequence = 0;

  private constructor(client: RawClient, onHeard: (account: OpcuaNeighbourAccount) => void) {
    this.#client = client;
    this.#onHeard = onHeard;
  }

  static async open(url: string, onHeard: (account: OpcuaNeighbourAccount) => void): Promise<OpcuaNeighbour> {
    const client = await RawClient.open(url);
    const neighbour = new OpcuaNeighbour(client, onHeard);
    const { body } = await client.ask("CreateSubscription", (w) =>
      w
        .double(PUBLISHING_INTERVAL_MS)
        .uint32(10_000)
        .uint32(KEEP_ALIVE_COUNT)
        .uint32(0)
        .boolean(true)
        .byte(0),
    );
    const subscription = body.uint32();
    await client.ask("CreateMonitoredItems", (w) =>
      w
        .uint32(subscription)
        .uint32(2)
        .array([CURRENT_TIME], (node) => {
          w.nodeId(node).uint32(13).string(null).qualifiedName(0, null).uint32(2);
          w.uint32(1).double(PUBLISHING_INTERVAL_MS).noExtension().uint32(10).boolean(true);
        }),
    );
    for (let i = 0; i < WAITING; i++) void neighbour.#publish(subscription);
    return neighbour;
  }

  async #publish(subscription: number): Promise<void> {
    for (;;) {
      const acknowledged = this.#sequence > 0 ? [this.#sequence] : [];
      const answer = await this.#client.ask("Publish", (w) =>
        w.array(acknowledged, (sequence) => w.uint32(subscription).uint32(sequence)),
      );
      this.#take(answer);
    }
  }

  #take({ status, body }: RawAnswer): void {
    if (status !== 0) throw new Error(`the neighbour is refused: 0x${status.toString(16)}`);
    body.skip(4);
    for (let left = body.int32(); left > 0; left--) body.skip(4);
    body.skip(1);
    const sequence = body.uint32();
    body.skip(8);
    const isKeepAlive = body.int32() < 1;
    const now_ms = performance.now();
    if (this.#last_ms !== undefined) {
      const late_ms = now_ms - this.#last_ms - SILENCE_MAX_MS;
      this.account.worst_ms = Math.max(this.account.worst_ms, late_ms);
      if (late_ms > TOLD_MS) this.account.late.push({ at_ms: Date.now(), late_ms });
      this.account.lost += Math.max(0, sequence - this.#sequence - 1);
    }
    this.#last_ms = now_ms;
    // A keep-alive tells the number of what comes next.
    if (!isKeepAlive) this.#sequence = sequence;
    this.account.sent += 1;
    this.#onHeard(this.account);
  }
}

/** A neighbour in a thread of its own: how busy the hostile clients are is no delay of the server's. */
export class NeighbourThread {
  readonly #worker: Worker;
  account = noAccount();
  #failure: unknown;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on("message", (account: OpcuaNeighbourAccount) => (this.account = account));
    worker.on("error", (error) => (this.#failure = error));
  }

  /** Resolves with its first notification. */
  static async open(url: string): Promise<NeighbourThread> {
    const neighbour = new NeighbourThread(new Worker(new URL(import.meta.url), { workerData: { url } }));
    await neighbour.turn();
    return neighbour;
  }

  /** Resolves with the next notification. @throws what has ended its connection */
  async turn(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    await once(this.#worker, "message");
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

if (!isMainThread && parentPort && typeof workerData?.url === "string") {
  const port = parentPort;
  await OpcuaNeighbour.open(workerData.url as string, (account) => port.postMessage(account));
}
