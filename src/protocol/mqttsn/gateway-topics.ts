import { type FilterTopic, isShortName, type PublishTopic } from "./codec/topic.ts";

/** 5.3.11: FFFF is reserved. */
const MAX_ID = 0xfffe;

/** Room for a name, on the average. */
const NAME_OCTETS = 1_024;

/** MQTT 3.1.1, 4.7: a topic that is published to has no wildcards and no U+0000. */
const canPublishTo = (name: string): boolean => !/[#+\0]/.test(name);

/** One client's topic ids; they live as long as its connection (6.5). */
export class GatewayTopics {
  readonly #limit: number;
  readonly #predefined: ReadonlyMap<number, string>;
  readonly #ids = new Map<string, number>();
  readonly #names: string[] = [];
  #octets = 0;
  /** Ids that the client has not been told yet */
  #untold: Set<string> | undefined;
  /** Pre-defined ids that the client has shown to know, by name */
  #shown: Map<string, number> | undefined;
  #refused: Set<string> | undefined;

  constructor(limit: number, predefined: ReadonlyMap<number, string>) {
    this.#limit = Math.min(limit, MAX_ID);
    this.#predefined = predefined;
  }

  /** The id of a name that the client asks for, the same one when asked again. */
  register(name: string): number | "full" | "invalid" {
    const id = this.#assign(name);
    if (typeof id === "number") this.tell(name);
    return id;
  }

  /** The name to publish to, if there is one. */
  resolve(topic: PublishTopic): string | undefined {
    if (topic.kind === "normal") return this.#names[topic.id - 1];
    if (topic.kind === "predefined") return this.#show(topic.id);
    return canPublishTo(topic.name) ? topic.name : undefined;
  }

  /** The filter to subscribe to, if there is one. */
  filter(topic: FilterTopic): string | undefined {
    return topic.kind === "predefined" ? this.#show(topic.id) : topic.name;
  }

  /** What a message of this topic carries to the client; undefined when the client is yet to be told an id. */
  find(name: string): PublishTopic | undefined {
    const predefined = this.#shown?.get(name);
    if (predefined !== undefined) return { kind: "predefined", id: predefined };
    if (isShortName(name)) return { kind: "short", name };
    const id = this.#ids.get(name);
    return id === undefined || this.#untold?.has(name) ? undefined : { kind: "normal", id };
  }

  /** The id of a name that the client is about to be told; undefined when there is no room, or it does not want it. */
  offer(name: string): number | undefined {
    if (this.#refused?.has(name)) return undefined;
    const isNew = !this.#ids.has(name);
    const id = this.#assign(name);
    if (typeof id !== "number") return undefined;
    if (isNew) this.#forget(name);
    return id;
  }

  /** The client knows the id now. */
  tell(name: string): void {
    this.#untold?.delete(name);
  }

  /** The client says that it does not know the id. */
  untell(name: string): void {
    if (this.#ids.has(name)) this.#forget(name);
  }

  /** 6.10: the client does not want to hear of this topic. */
  refuse(name: string): void {
    this.#refused ??= new Set();
    // Who refuses so many is asked again.
    if (this.#refused.size >= this.#limit) this.#refused.clear();
    this.#refused.add(name);
  }

  /** A new SUBSCRIBE takes back what was refused before. */
  wantAgain(): void {
    this.#refused = undefined;
  }

  #assign(name: string): number | "full" | "invalid" {
    if (!canPublishTo(name)) return "invalid";
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const octets = Buffer.byteLength(name);
    if (this.#names.length >= this.#limit) return "full";
    if (this.#octets + octets > this.#limit * NAME_OCTETS) return "full";
    this.#octets += octets;
    const id = this.#names.push(name);
    this.#ids.set(name, id);
    return id;
  }

  #forget(name: string): void {
    this.#untold ??= new Set();
    this.#untold.add(name);
  }

  #show(id: number): string | undefined {
    const name = this.#predefined.get(id);
    if (name === undefined) return undefined;
    this.#shown ??= new Map();
    this.#shown.set(name, id);
    return name;
  }
}
