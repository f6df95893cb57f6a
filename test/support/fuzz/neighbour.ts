/** Sound clients beside hostile ones: what they lose, and how late it comes, is the measure. */
import mqtt, { type MqttClient } from "mqtt";
import type { Message } from "../../../src/protocol/mqttsn/codec/codec.ts";
import { MqttSnClient } from "../mqttsn-client.ts";

export interface NeighbourAccount {
  /** Messages of the neighbour that were acknowledged to it */
  sent: number;
  /** Of those, what did not arrive at the sound subscriber */
  lost: number;
  /** From sending to arrival, the worst */
  worst_ms: number;
}

const RETRY_MS = 1_000;
/** After so long a neighbour counts as starved. */
const STARVED_MS = 10_000;

/** Messages from a sound client to a sound subscriber, numbered, each awaited at both ends. */
export class Neighbour {
  readonly account: NeighbourAccount = { sent: 0, lost: 0, worst_ms: 0 };
  readonly #subscriber: MqttClient;
  readonly #publish: (payload: string) => Promise<void>;
  readonly #close: () => Promise<void>;
  #awaited: { readonly payload: string; readonly arrived: () => void } | undefined;

  private constructor(
    subscriber: MqttClient,
    publish: (payload: string) => Promise<void>,
    close: () => Promise<void>,
  ) {
    this.#subscriber = subscriber;
    this.#publish = publish;
    this.#close = close;
    subscriber.on("message", (_topic, payload) => {
      if (payload.toString() === this.#awaited?.payload) this.#awaited.arrived();
    });
  }

  /** An MQTT client publishes. */
  static async overMqtt(brokerUrl: string): Promise<Neighbour> {
    const publisher = await mqtt.connectAsync(brokerUrl, { reconnectPeriod: 0 });
    const publish = async (payload: string): Promise<void> => {
      await publisher.publishAsync("neighbour/up", payload, { qos: 1 });
    };
    return new Neighbour(await subscriber(brokerUrl), publish, () => publisher.endAsync(true));
  }

  /** An MQTT-SN device publishes by the gateway. */
  static async overMqttSn(brokerUrl: string, gatewayPort: number): Promise<Neighbour> {
    const device = await new MqttSnClient(gatewayPort).connected({
      ...{ type: "CONNECT", will: false, cleanSession: true, duration_s: 0, clientId: "neighbour" },
    });
    const topicName = "neighbour/up";
    const registered = await device.ask({ type: "REGISTER", topicId: 0, msgId: 1, topicName });
    if (registered?.type !== "REGACK") throw new Error("the neighbour cannot register");
    const { topicId: id } = registered;
    let msgId = 1;
    const publish = async (payload: string): Promise<void> => {
      msgId = (msgId % 0xffff) + 1;
      const data = new TextEncoder().encode(payload);
      const fields = { dup: false, qos: 1, retain: false, topic: { kind: "normal", id }, data } as const;
      const message = { type: "PUBLISH", msgId, ...fields } as const;
      device.send(message);
      // The kernel may drop a datagram of a burst; a device repeats its own then.
      const timer = setInterval(() => device.send({ ...message, dup: true }), RETRY_MS);
      try {
        let answer: Message | undefined;
        do answer = await device.next();
        while (answer?.type === "PUBACK" && answer.msgId !== msgId);
        if (answer?.type !== "PUBACK" || answer.returnCode !== 0) {
          throw new Error(`the neighbour is answered with ${JSON.stringify(answer)}`);
        }
      } finally {
        clearInterval(timer);
      }
    };
    return new Neighbour(await subscriber(brokerUrl), publish, () => device.close());
  }

  /** One message, from one end to the other. @throws Error when it takes so long that the neighbour is starved */
  async turn(): Promise<void> {
    const payload = `${this.account.sent}`;
    const begin_ms = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const starved = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error("the neighbour is starved")), STARVED_MS);
    });
    const arrived = new Promise<void>((resolve) => (this.#awaited = { payload, arrived: resolve }));
    this.account.lost += 1;
    try {
      await Promise.race([Promise.all([this.#publish(payload), arrived]), starved]);
    } finally {
      clearTimeout(timer);
    }
    this.account.lost -= 1;
    this.account.sent += 1;
    this.account.worst_ms = Math.max(this.account.worst_ms, performance.now() - begin_ms);
  }

  async end(): Promise<void> {
    await this.#close();
    await this.#subscriber.endAsync(true);
  }
}

async function subscriber(url: string): Promise<MqttClient> {
  const client = await mqtt.connectAsync(url, { reconnectPeriod: 0 });
  await client.subscribeAsync("neighbour/#", { qos: 1 });
  return client;
}
