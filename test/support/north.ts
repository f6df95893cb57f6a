import mqtt, { type MqttClient } from "mqtt";

export interface Arrival {
  readonly topic: string;
  readonly payload: string;
}

/** A client of the broker behind the gateway, whose arrivals a test awaits. */
export class North {
  readonly #client: MqttClient;
  readonly #arrivals: Arrival[] = [];
  #awake: () => void = () => undefined;

  private constructor(client: MqttClient) {
    this.#client = client;
    client.on("message", (topic, payload) => {
      this.#arrivals.push({ topic, payload: payload.toString() });
      this.#awake();
    });
  }

  /** @param version  4 is MQTT 3.1.1 */
  static async subscribe(url: string, filter = "#", version: 4 | 5 = 4): Promise<North> {
    const client = await mqtt.connectAsync(url, { protocolVersion: version });
    const north = new North(client);
    await client.subscribeAsync(filter, { qos: 1 });
    return north;
  }

  /** The next arrivals, in order. */
  async take(count: number): Promise<Arrival[]> {
    while (this.#arrivals.length < count) {
      await new Promise<void>((resolve) => {
        this.#awake = resolve;
      });
    }
    return this.#arrivals.splice(0, count);
  }

  async publish(topic: string, payload: string, qos: 0 | 1 | 2): Promise<void> {
    await this.#client.publishAsync(topic, payload, { qos });
  }

  async end(): Promise<void> {
    await this.#client.endAsync(true);
  }
}
