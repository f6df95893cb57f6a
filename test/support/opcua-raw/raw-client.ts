/** A client that says whatever it is told to: Hello, a channel without security, a session, and any octets. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

import { anonymousPolicyOf } from "./endpoints.ts";
import { Reader } from "./reader.ts";
import { NULL_NODE, Writer, ns0, type RawNodeId } from "./writer.ts";

/** Ids of the binary encodings of requests (Opc.Ua.NodeIds). */
export const REQUEST = {
  FindServers: 422,
  GetEndpoints: 428,
  OpenSecureChannel: 446,
  CloseSecureChannel: 452,
  CreateSession: 461,
  ActivateSession: 467,
  CloseSession: 473,
  Cancel: 479,
  AddNodes: 488,
  DeleteNodes: 500,
  Browse: 527,
  BrowseNext: 533,
  TranslateBrowsePaths: 554,
  RegisterNodes: 560,
  UnregisterNodes: 566,
  QueryFirst: 615,
  Read: 631,
  HistoryRead: 664,
  Write: 673,
  HistoryUpdate: 700,
  Call: 712,
  CreateMonitoredItems: 751,
  ModifyMonitoredItems: 763,
  SetMonitoringMode: 769,
  SetTriggering: 775,
  DeleteMonitoredItems: 781,
  CreateSubscription: 787,
  ModifySubscription: 793,
  SetPublishingMode: 799,
  Publish: 826,
  Republish: 832,
  TransferSubscriptions: 841,
  DeleteSubscriptions: 847,
  RegisterServer: 437,
} as const;
export type Service = keyof typeof REQUEST;

const ANONYMOUS_TOKEN = 321;
const HEADER_OCTETS = 8;
/** Of a chunk's 65,536 octets, those behind the headers */
const BODY_OCTETS_MAX = 65_536 - 24;
/** How long sessions stay whose client has gone. */
const SESSION_TIMEOUT_MS = 10_000;
/** Longer than any answer that is to come takes; what comes never is told as `silence`. */
const ANSWER_WITHIN_MS = 5000;

/** What a server said to a request. */
export interface RawAnswer {
  /** Id of the binary encoding; 397 is a ServiceFault */
  readonly typeId: number;
  /** ServiceResult */
  readonly status: number;
  /** Behind the response header */
  readonly body: Reader;
  readonly requestHandle: number;
}

/** Why a request got no answer. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

export class RawClient {
  readonly url: string;
  /** Notifications and answers that were waited for by no request, by type id */
  onAnswer: (answer: RawAnswer) => void = () => undefined;
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (answer: RawAnswer | NoAnswer) => void>();
  #read: Buffer = Buffer.alloc(0);
  #chunks = new Map<number, Buffer[]>();
  #channelId = 0;
  #tokenId = 0;
  #sequence = 0;
  #requestId = 0;
  #token: RawNodeId = NULL_NODE;
  /** What the server calls it; each names its policies as it likes */
  #anonymousPolicy = "anonymous";
  #onControl: ((type: string, body: Reader) => void) | undefined;
  /** What came before it was waited for */
  readonly #early: [type: string, body: Reader][] = [];
  isClosed = false;
  /** Resolves when the server has ended the connection, or this client has */
  readonly closed: Promise<void>;

  private constructor(socket: Socket, url: string) {
    this.#socket = socket;
    this.url = url;
    socket.on("error", () => undefined); // being cut off is what a hostile client comes for
    socket.on("data", (data: Buffer) => this.#receive(data));
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    socket.on("close", () => {
      this.isClosed = true;
      for (const answer of this.#waiting.values()) answer(new NoAnswer("the connection was closed"));
      this.#waiting.clear();
      this.#onControl?.("END", new Reader(Buffer.alloc(0)));
    });
  }

  /** Only a connection. @param url  "opc.tcp://127.0.0.1:24841" */
  static async connect(url: string): Promise<RawClient> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname.replace(/^\[(.*)\]$/, "$1"));
    socket.setNoDelay(true);
    await once(socket, "connect");
    return new RawClient(socket, url);
  }

  /** A session for everything but what needs a user. */
  static async open(url: string, sessionTimeout_ms = SESSION_TIMEOUT_MS): Promise<RawClient> {
    const client = await RawClient.connect(url);
    await client.hello();
    await client.openChannel();
    await client.createSession(null, sessionTimeout_ms);
    await client.activateSession();
    return client;
  }

  get token(): RawNodeId {
    return this.#token;
  }

  /** Octets as they are. */
  write(octets: Uint8Array): void {
    if (!this.isClosed) this.#socket.write(octets);
  }

  helloOctets(): Buffer {
    const body = new Writer().uint32(0).uint32(65_536).uint32(65_536).uint32(0).uint32(0).string(this.url);
    return framed("HELF", body.octets);
  }

  async hello(): Promise<void> {
    this.write(this.helloOctets());
    await this.#control("ACK");
  }

  /** A message as this channel would frame it. @param kind  "MSGF", "OPNF", "CLOF", or what is none */
  frame(kind: string, body: Uint8Array, requestId = ++this.#requestId): Buffer {
    const head = new Writer().uint32(this.#channelId);
    if (kind.startsWith("OPN")) {
      head.string("http://opcfoundation.org/UA/SecurityPolicy#None").bytes(null).bytes(null);
    } else head.uint32(this.#tokenId);
    head.uint32(++this.#sequence).uint32(requestId);
    return framed(kind, Buffer.concat([head.octets, body]));
  }

  async openChannel(): Promise<void> {
    this.write(this.#openOctets());
    await this.#opened();
  }

  /** Hello and OpenSecureChannel in one segment, which no client should send and many do. */
  async helloWithChannel(): Promise<void> {
    this.write(Buffer.concat([this.helloOctets(), this.#openOctets()]));
    await this.#control("ACK");
    await this.#opened();
  }

  #openOctets(): Buffer {
    const body = this.#request(REQUEST.OpenSecureChannel, (w) =>
      w.uint32(0).uint32(0).uint32(1).bytes(null).uint32(3_600_000),
    );
    return this.frame("OPNF", body);
  }

  async #opened(): Promise<void> {
    const answer = await this.#control("OPN");
    answer.uint32();
    this.#channelId = answer.uint32();
    this.#tokenId = answer.uint32();
  }

  async createSession(
    certificate: Buffer | null = null,
    timeout_ms = SESSION_TIMEOUT_MS,
  ): Promise<RawAnswer> {
    const answer = await this.ask("CreateSession", (w) => {
      w.string("urn:raw")
        .string("urn:raw")
        .byte(0)
        .uint32(1)
        .string(null)
        .string(null)
        .array([], () => undefined);
      w.string(null)
        .string(this.url)
        .string("raw")
        .bytes(null)
        .bytes(certificate)
        .double(timeout_ms)
        .uint32(0);
    });
    if (answer.status === 0) {
      answer.body.nodeId();
      this.#token = answer.body.nodeId();
      answer.body.double();
      answer.body.bytes();
      answer.body.bytes();
      this.#anonymousPolicy = anonymousPolicyOf(answer.body) ?? this.#anonymousPolicy;
    }
    return answer;
  }

  activateSession(): Promise<RawAnswer> {
    return this.ask("ActivateSession", (w) => {
      w.string(null)
        .bytes(null)
        .array([], () => undefined)
        .array(["en"], (it) => w.string(it));
      w.extension(ns0(ANONYMOUS_TOKEN), (token) => token.string(this.#anonymousPolicy));
      w.string(null).bytes(null);
    });
  }

  /** The body of a message with a request: type id, header, parameters. */
  body(service: Service, parameters: (writer: Writer) => void): Buffer {
    return this.#request(REQUEST[service], parameters);
  }

  /** Sends a request and waits. @throws NoAnswer when the connection ends or nothing comes */
  ask(service: Service, parameters: (writer: Writer) => void): Promise<RawAnswer> {
    return this.send(this.body(service, parameters));
  }

  /** Sends the body of a message and waits for what answers its request id. @throws NoAnswer */
  send(body: Uint8Array): Promise<RawAnswer> {
    const requestId = ++this.#requestId;
    const answered = new Promise<RawAnswer>((resolve, reject) => {
      const silence = setTimeout(() => settle(new NoAnswer("silence")), ANSWER_WITHIN_MS);
      const settle = (answer: RawAnswer | NoAnswer): void => {
        clearTimeout(silence);
        this.#waiting.delete(requestId);
        if (answer instanceof NoAnswer) reject(answer);
        else resolve(answer);
      };
      this.#waiting.set(requestId, settle);
      if (this.isClosed) settle(new NoAnswer("the connection was closed"));
    });
    for (let at = 0; at < body.length || at === 0; at += BODY_OCTETS_MAX) {
      const isLast = at + BODY_OCTETS_MAX >= body.length;
      this.write(this.frame(isLast ? "MSGF" : "MSGC", body.subarray(at, at + BODY_OCTETS_MAX), requestId));
    }
    return answered;
  }

  /** Takes nothing from its socket any more. */
  stopReading(): void {
    this.#socket.pause();
  }

  /** Takes what has come meanwhile, and the end. */
  readAgain(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }

  #request(typeId: number, parameters: (writer: Writer) => void): Buffer {
    const writer = new Writer().nodeId(ns0(typeId)).nodeId(this.#token).dateTime(Date.now());
    writer.uint32(++requestHandles).uint32(0).string(null).uint32(10_000).noExtension();
    parameters(writer);
    return writer.octets;
  }

  /** The next Acknowledge, or answer to OpenSecureChannel. @throws NoAnswer for an Error or the end */
  #control(wanted: "ACK" | "OPN"): Promise<Reader> {
    return new Promise((resolve, reject) => {
      this.#onControl = (type, body) => {
        this.#onControl = undefined;
        if (type === wanted) resolve(body);
        else reject(new NoAnswer(`${type} in place of ${wanted}`));
      };
      const early = this.#early.shift();
      if (early) this.#onControl(...early);
      else if (this.isClosed) reject(new NoAnswer("the connection was closed"));
    });
  }

  #receive(data: Buffer): void {
    this.#read = this.#read.length > 0 ? Buffer.concat([this.#read, data]) : data;
    while (this.#read.length >= HEADER_OCTETS) {
      const size = this.#read.readUInt32LE(4);
      if (this.#read.length < size) return;
      const message = this.#read.subarray(0, size);
      this.#read = this.#read.subarray(size);
      this.#take(message.toString("latin1", 0, 3), message[3] === 0x46, message.subarray(HEADER_OCTETS));
    }
  }

  #tell(type: string, body: Reader): void {
    if (this.#onControl) this.#onControl(type, body);
    else this.#early.push([type, body]);
  }

  #take(type: string, isFinal: boolean, payload: Buffer): void {
    if (type === "ACK" || type === "ERR") return this.#tell(type, new Reader(payload));
    const head = new Reader(payload).skip(4);
    if (type === "OPN") {
      head.bytes();
      head.bytes();
      head.bytes();
    } else head.skip(4);
    head.skip(4);
    const requestId = head.uint32();
    const parts = [...(this.#chunks.get(requestId) ?? []), payload.subarray(payload.length - head.left)];
    if (!isFinal) return void this.#chunks.set(requestId, parts);
    this.#chunks.delete(requestId);
    const answer = answerOf(Buffer.concat(parts));
    if (type === "OPN") return this.#tell("OPN", answer.body);
    const waiting = this.#waiting.get(requestId);
    if (waiting) waiting(answer);
    else this.onAnswer(answer);
  }
}

let requestHandles = 0;

function answerOf(octets: Buffer): RawAnswer {
  const body = new Reader(octets);
  const id = body.nodeId();
  body.skip(8);
  const requestHandle = body.uint32();
  const status = body.uint32();
  // Diagnostics: none are asked for. Then a table of strings and an additional header.
  body.skip(1);
  for (let left = body.int32(); left > 0; left--) body.string();
  body.nodeId();
  if (body.byte() === 1) body.bytes();
  return { typeId: "i" in id ? id.i : -1, status, body, requestHandle };
}

/** A chunk with its header. */
export function framed(kind: string, body: Uint8Array, size = HEADER_OCTETS + body.length): Buffer {
  const header = Buffer.alloc(HEADER_OCTETS);
  header.write(kind, "latin1");
  header.writeUInt32LE(size >>> 0, 4);
  return Buffer.concat([header, body]);
}
