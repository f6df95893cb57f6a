/** Hostile MQTT clients before our broker, over TCP, with a sound publisher and subscriber beside them. */
import { connect, type Socket } from "node:net";
import { Broker } from "../../../src/protocol/mqtt/broker.ts";
import { type HostileAccount, type HostileOptions, sumOf, Trail } from "./hostile.ts";
import { CONNECTIONS, mqttEpisode, type Step } from "./mqtt-grammar.ts";
import { Neighbour } from "./neighbour.ts";

export interface HostileMqttOptions extends HostileOptions {
  /** At least so many, up to the end of an episode */
  readonly packets: number;
}

/** Small enough that hostile clients meet every bound. */
const LIMITS = { maxQueue_octets: 65_536, maxKept_octets: 524_288, maxRetained: 100, maxSubscriptions: 20 };

/** The connections of one episode. */
class Clients {
  readonly #port: number;
  readonly #sockets: (Socket | undefined)[] = [];
  readonly #closed: Promise<void>[] = [];

  constructor(port: number) {
    this.#port = port;
  }

  do(step: Step): void {
    if ("octets" in step) return void this.#socket(step.connection).write(step.octets);
    const socket = this.#sockets[step.connection];
    this.#sockets[step.connection] = undefined;
    if (step.end === "close") socket?.end();
    else if (socket && !socket.connecting) socket.resetAndDestroy();
    else socket?.destroy();
  }

  /** Ends what is open still, once the broker has had the time to read it, and waits for all ends. */
  async end(): Promise<void> {
    for (const socket of this.#sockets) socket?.end();
    await Promise.all(this.#closed);
  }

  #socket(connection: number): Socket {
    const open = this.#sockets[connection];
    if (open?.writable) return open;
    const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    // The broker may cut it off at any time.
    socket.on("error", () => undefined).on("data", () => undefined);
    this.#closed.push(new Promise((resolve) => socket.once("close", () => resolve())));
    this.#sockets[connection] = socket;
    return socket;
  }
}

async function play(port: number, steps: readonly Step[]): Promise<void> {
  const clients = new Clients(port);
  for (const step of steps) clients.do(step);
  await clients.end();
}

/** @throws Error with seed and episodes when the neighbour is starved or refused */
export async function hostileMqtt(options: HostileMqttOptions): Promise<HostileAccount> {
  const { seed, packets, from = 0, onProgress, mayGoOn = () => true } = options;
  let broker: Broker | undefined;
  const trail = new Trail("mqtt", options, () => broker?.counters().faults ?? 0);
  broker = new Broker({ port: 0, limits: LIMITS, log: trail.log });
  await broker.start();
  const neighbour = await Neighbour.overMqtt(broker.url);
  let sent = 0;
  try {
    for (let episode = from; sent < packets && mayGoOn(); episode += CONNECTIONS) {
      trail.begin(episode);
      trail.reach(episode + CONNECTIONS - 1);
      const played = Array.from({ length: CONNECTIONS }, (_, i) => mqttEpisode(seed, episode + i));
      sent += played.flat().filter((step) => "octets" in step).length;
      await Promise.all(played.map((steps) => play(broker!.port, steps)));
      await neighbour.turn();
      trail.check();
      onProgress?.(sent);
    }
    const byType = { ...broker.handled };
    const { faults } = broker.counters();
    const { failures } = trail;
    return {
      ...{ sent, reachedHandler: sumOf(byType), byType, faults, failures },
      neighbour: neighbour.account,
    };
  } catch (error) {
    throw trail.failure(error);
  } finally {
    trail.end();
    await neighbour.end();
    await broker.stop();
  }
}

/** Sends what once failed. @returns what was contained */
export async function replayMqtt(steps: readonly Step[]): Promise<string[]> {
  const contained: string[] = [];
  const broker = new Broker({ port: 0, limits: LIMITS, log: (line) => contained.push(line) });
  await broker.start();
  const neighbour = await Neighbour.overMqtt(broker.url);
  await play(broker.port, steps);
  await neighbour.turn();
  await neighbour.end();
  await broker.stop();
  return contained.filter((line) => line.includes("contained"));
}
