import type { Message } from "./codec/codec.ts";
import type { Connect } from "./codec/connect.ts";
import { RETURN_CODE } from "./codec/return-code.ts";
import type { WillMsgUpd } from "./codec/will-msg.ts";
import type { WillTopicFields, WillTopicUpd } from "./codec/will-topic.ts";
import { countRefusal, type GatewayCounters, type GatewayOptions } from "./gateway-options.ts";
import type { Will } from "./upstream.ts";

/** A longer will lasts no longer than its connection. */
const MAX_KEPT_OCTETS = 4_096;

const willOf = ({ willTopic: topic, qos, retain }: WillTopicFields, payload: Uint8Array): Will => ({
  topic,
  payload,
  qos,
  retain,
});

interface WillBooks {
  /** Of sessions that outlive their connection, by client id */
  readonly wills: Map<string, Will>;
  readonly counters: GatewayCounters;
  readonly options: Pick<GatewayOptions, "maxClients">;
}

/** One client's will: prompted for (6.2), kept over connections (6.3), changed (6.4). */
export class GatewayWill {
  readonly #books: WillBooks;
  readonly #send: (message: Message) => void;
  #keepAs: string | undefined;
  #current: Will | undefined;
  #step: "topic" | "message" | "complete" = "complete";
  #answer: Message | undefined;

  constructor(books: WillBooks, send: (message: Message) => void) {
    this.#books = books;
    this.#send = send;
  }

  get current(): Will | undefined {
    return this.#current;
  }

  /** The client has said all that it was prompted for. */
  get isComplete(): boolean {
    return this.#step === "complete";
  }

  /** An update waits for its answer. */
  get isChanging(): boolean {
    return this.#answer !== undefined;
  }

  /** 6.3: a clean session forgets the will of the one before, another keeps it until the client tells a new one. */
  connect({ clientId, cleanSession, will }: Connect): void {
    this.#keepAs = cleanSession ? undefined : clientId;
    if (cleanSession) this.#books.wills.delete(clientId);
    else this.#current = this.#books.wills.get(clientId);
    this.#step = will ? "topic" : "complete";
    this.prompt();
  }

  /** Asks for what is missing, again if need be. */
  prompt(): void {
    if (this.#step === "topic") this.#send({ type: "WILLTOPICREQ" });
    if (this.#step === "message") this.#send({ type: "WILLMSGREQ" });
  }

  /** The answer to a prompt; without a topic there is no will, and no need to ask for its message. */
  receive(message: Message): boolean {
    if (message.type === "WILLTOPIC" && this.#step === "topic") {
      this.#set(message.will && willOf(message.will, new Uint8Array()));
      this.#step = message.will ? "message" : "complete";
      this.prompt();
      return true;
    }
    if (message.type !== "WILLMSG" || this.#step !== "message" || !this.#current) return false;
    this.#set({ ...this.#current, payload: message.willMsg });
    this.#step = "complete";
    return true;
  }

  /** @returns whether the broker has to be told; `answer` is due then, else the client has its answer */
  update(message: WillTopicUpd | WillMsgUpd): boolean {
    if (message.type === "WILLTOPICUPD") {
      this.#answer = { type: "WILLTOPICRESP", returnCode: RETURN_CODE.accepted };
      const had = this.#current !== undefined;
      this.#set(message.will && willOf(message.will, this.#current?.payload ?? new Uint8Array()));
      if (had || message.will) return true;
    } else if (this.#current) {
      this.#answer = { type: "WILLMSGRESP", returnCode: RETURN_CODE.accepted };
      this.#set({ ...this.#current, payload: message.willMsg });
      return true;
    } else {
      // A message without a topic would never be published.
      countRefusal(this.#books.counters, RETURN_CODE.notSupported);
      this.#answer = { type: "WILLMSGRESP", returnCode: RETURN_CODE.notSupported };
    }
    this.answer();
    return false;
  }

  /** The broker has it. */
  answer(): void {
    if (this.#answer) this.#send(this.#answer);
    this.#answer = undefined;
  }

  #set(will: Will | undefined): void {
    this.#current = will;
    if (this.#keepAs === undefined) return;
    const { wills, options } = this.#books;
    wills.delete(this.#keepAs);
    if (!will || will.payload.length + will.topic.length > MAX_KEPT_OCTETS) return;
    wills.set(this.#keepAs, will);
    // The one that waits longest for its client goes.
    const [oldest] = wills.keys();
    if (wills.size > options.maxClients && oldest !== undefined) wills.delete(oldest);
  }
}
