/** A sound OPC UA client beside hostile ones: what its subscription loses, and how late it publishes, is the measure. */
import { RawClient, type RawAnswer } from "../opcua-raw/raw-client.ts";
import { ns0 } from "../opcua-raw/writer.ts";
import type { NeighbourAccount } from "./neighbour.ts";

const PUBLISHING_INTERVAL_MS = 100;
/** Publish requests that wait at the server, so that none is late by a round trip */
const WAITING = 3;
const CURRENT_TIME = ns0(2258);

/** It monitors the server's clock, and hears of its subscription every interval: by a notification or a keep-alive. */
export class OpcuaNeighbour {
  readonly account: NeighbourAccount = { sent: 0, lost: 0, worst_ms: 0 };
  readonly #client: RawClient;
  #last_ms: number | undefined;
  #sequence = 0;
  #isOver = false;
  #failure: unknown;
  #heard: () => void = () => undefined;

  private constructor(client: RawClient) {
    this.#client = client;
  }

  /** Resolves with its first notification. */
  static async open(url: string): Promise<OpcuaNeighbour> {
    const client = await RawClient.open(url);
    const neighbour = new OpcuaNeighbour(client);
    const { body } = await client.ask("CreateSubscription", (w) =>
      w.double(PUBLISHING_INTERVAL_MS).uint32(10_000).uint32(1).uint32(0).boolean(true).byte(0),
    );
    const subscription = body.uint32();
    await client.ask("CreateMonitoredItems", (w) =>
      w
        .uint32(subscription)
        .uint32(2)
        .array([CURRENT_TIME], (node) => {
          w.nodeId(node).uint32(13).string(null).qualifiedName(0, null).uint32(2);
          w.uint32(1)
            .double(PUBLISHING_INTERVAL_MS / 2)
            .noExtension()
            .uint32(10)
            .boolean(true);
        }),
    );
    for (let i = 0; i < WAITING; i++) void neighbour.#publish(subscription);
    await neighbour.turn();
    return neighbour;
  }

  /** Resolves with the next notification. @throws what has ended its connection */
  async turn(): Promise<void> {
    const heard = new Promise<void>((resolve) => (this.#heard = resolve));
    if (this.#failure === undefined) await heard;
    if (this.#failure !== undefined) throw this.#failure;
  }

  close(): void {
    this.#isOver = true;
    this.#client.close();
  }

  async #publish(subscription: number): Promise<void> {
    try {
      while (!this.#isOver) {
        const acknowledged = this.#sequence > 0 ? [this.#sequence] : [];
        const answer = await this.#client.ask("Publish", (w) =>
          w.array(acknowledged, (sequence) => w.uint32(subscription).uint32(sequence)),
        );
        this.#take(answer);
      }
    } catch (error) {
      if (!this.#isOver) this.#failure = error;
      this.#heard();
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
      const late_ms = now_ms - this.#last_ms - PUBLISHING_INTERVAL_MS;
      this.account.worst_ms = Math.max(this.account.worst_ms, late_ms);
      this.account.lost += Math.max(0, sequence - this.#sequence - 1);
    }
    this.#last_ms = now_ms;
    // A keep-alive tells the number of what comes next.
    if (!isKeepAlive) this.#sequence = sequence;
    this.account.sent += 1;
    this.#heard();
  }
}
