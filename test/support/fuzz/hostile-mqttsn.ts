/** Hostile MQTT-SN clients before our gateway and broker, on real sockets, with a sound device beside them. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { Broker } from "../../../src/protocol/mqtt/broker.ts";
import { Gateway } from "../../../src/protocol/mqttsn/gateway.ts";
import { type HostileAccount, type HostileOptions, sumOf, Trail } from "./hostile.ts";
import { type Datagram, mqttSnEpisode, SOCKETS } from "./mqttsn-grammar.ts";
import { Neighbour } from "./neighbour.ts";

export interface HostileMqttSnOptions extends HostileOptions {
  /** At least so many, up to the end of an episode */
  readonly datagrams: number;
}

/** Datagrams between two turns of the neighbour; a system's smallest buffer holds about so many. */
const WINDOW = 64;

/** Patience that expires while the fuzzing goes on, so that timers run as well. */
const IMPATIENT = { retry_ms: 30, retries: 2, congestionWait_ms: 50, promptDeadline_ms: 100, maxQueued: 20 };

/** Small enough that hostile clients meet every bound. */
const LIMITS = { maxQueue_octets: 262_144, maxKept_octets: 2_097_152, maxSessions: 1_000, maxRetained: 100 };

/** A gateway with its broker, and sockets of hostile clients. */
class Arena {
  readonly broker: Broker;
  readonly gateway: Gateway;
  readonly #sockets: Socket[] = [];

  constructor(log: (line: string) => void, mqttVersion: 4 | 5) {
    this.broker = new Broker({ port: 0, limits: LIMITS, log });
    const link = { name: "embedded", connect: () => this.broker.connect() };
    this.gateway = new Gateway({
      ...{ port: 0, broker: link, mqttVersion, log, ...IMPATIENT },
      predefinedTopics: new Map([
        [1, "pre/1"],
        [2, "ab"],
      ]),
    });
  }

  get faults(): number {
    return this.gateway.counters().faults + this.broker.counters().faults;
  }

  async start(): Promise<void> {
    await this.broker.start();
    await this.gateway.start();
    for (let i = 0; i < SOCKETS; i++) {
      const socket = createSocket("udp4");
      // What the gateway answers is of no interest; an unread socket would fill the kernel's memory.
      socket.on("message", () => undefined).on("error", () => undefined);
      socket.bind(0, "127.0.0.1");
      await once(socket, "listening");
      socket.connect(this.gateway.port, "127.0.0.1");
      await once(socket, "connect");
      this.#sockets.push(socket);
    }
  }

  send({ socket, octets }: Datagram): void {
    this.#sockets[socket]!.send(octets);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    await this.gateway.stop();
    await this.broker.stop();
  }
}

/** @throws Error with seed and episodes when the neighbour is starved or refused */
export async function hostileMqttSn(options: HostileMqttSnOptions): Promise<HostileAccount> {
  const { seed, datagrams, from = 0, onProgress, mayGoOn = () => true } = options;
  let arena: Arena | undefined;
  const trail = new Trail("mqttsn", options, () => arena?.faults ?? 0);
  arena = new Arena(trail.log, from % 2 === 0 ? 5 : 4);
  await arena.start();
  const neighbour = await Neighbour.overMqttSn(arena.broker.url, arena.gateway.port);
  let sent = 0;
  try {
    for (let episode = from; sent < datagrams && mayGoOn();) {
      trail.begin(episode);
      const end = sent + WINDOW;
      for (; sent < end; episode++) {
        trail.reach(episode);
        for (const datagram of mqttSnEpisode(seed, episode)) {
          arena.send(datagram);
          sent += 1;
        }
      }
      await neighbour.turn();
      trail.check();
      onProgress?.(sent);
    }
    const byType = { ...arena.gateway.handled };
    const { failures } = trail;
    return {
      ...{ sent, reachedHandler: sumOf(byType), byType, faults: arena.faults, failures },
      neighbour: neighbour.account,
    };
  } catch (error) {
    throw trail.failure(error);
  } finally {
    trail.end();
    await neighbour.end();
    await arena.stop();
  }
}

/** Sends what once failed, whole, each file in an arena of its own. @returns what was contained */
export async function replayMqttSn(datagrams: readonly Datagram[]): Promise<string[]> {
  const contained: string[] = [];
  for (const version of [4, 5] as const) {
    const arena = new Arena((line) => contained.push(line), version);
    await arena.start();
    const neighbour = await Neighbour.overMqttSn(arena.broker.url, arena.gateway.port);
    for (const [i, datagram] of datagrams.entries()) {
      arena.send(datagram);
      if (i % WINDOW === WINDOW - 1) await neighbour.turn();
    }
    await neighbour.turn();
    await neighbour.end();
    await arena.stop();
  }
  return contained.filter((line) => line.includes("contained"));
}
