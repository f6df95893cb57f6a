import { decode, encode, type Message } from "../../src/protocol/mqttsn/codec/codec.ts";
import { type BrokerWay, GatewayInbox } from "../../src/protocol/mqttsn/gateway-inbox.ts";
import { GATEWAY_DEFAULTS, noGatewayCounters } from "../../src/protocol/mqttsn/gateway-options.ts";
import { GatewayTopics } from "../../src/protocol/mqttsn/gateway-topics.ts";
import { MemoryTransport } from "./memory-transport.ts";

/**
 * The wire of one client with a gateway at its other end, without sockets: what the client publishes goes through the
 * embedded gateway's own books, and stands in `forwarded`. It answers by timers, which a test fakes.
 */
export class MemoryGateway extends MemoryTransport {
  readonly books = noGatewayCounters();
  /** What the broker got */
  readonly forwarded: string[] = [];
  /** How long it leaves each datagram lying before it looks at it; a timer, which tests move by faked time */
  late_ms = 0;
  /** How late the broker acknowledges */
  brokerLate_ms = 0;
  #inbox: GatewayInbox | undefined;
  readonly #broker: BrokerWay = {
    buffered: 0,
    connected: true,
    publish: (_topic, data, _options, done) => {
      this.forwarded.push(new TextDecoder().decode(data));
      setTimeout(() => done("taken"), this.brokerLate_ms);
    },
  };

  override send(datagram: Uint8Array): void {
    super.send(datagram);
    const decoded = decode(datagram);
    if (!decoded.ok) throw new Error(decoded.fault);
    setTimeout(() => this.#on(decoded.message), this.late_ms);
  }

  /** As after a restart that nobody was told of. */
  forget(): void {
    this.#inbox = undefined;
  }

  #on(message: Message): void {
    if (message.type === "CONNECT") return this.#onConnect();
    if (!this.#inbox || message.type === "DISCONNECT") {
      this.forget();
      return this.#answer({ type: "DISCONNECT" });
    }
    if (message.type === "REGISTER") this.#inbox.register(message);
    else if (message.type === "PUBLISH") this.#inbox.publish(message, this.#broker);
    else if (message.type === "PUBREL") this.#inbox.release(message);
    else if (message.type === "PINGREQ") this.#answer({ type: "PINGRESP" });
    else throw new Error(`${message.type} is none of a publisher's`);
  }

  #onConnect(): void {
    const topics = new GatewayTopics(GATEWAY_DEFAULTS.maxTopics, new Map());
    const books = { options: GATEWAY_DEFAULTS, counters: this.books };
    this.#inbox ??= new GatewayInbox(topics, books, (message) => this.#answer(message));
    this.#answer({ type: "CONNACK", returnCode: 0 });
  }

  #answer(message: Message): void {
    this.hear(encode(message));
  }
}
