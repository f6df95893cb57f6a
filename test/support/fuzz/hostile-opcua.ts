/**
 * Hostile OPC UA clients, one after the other: each is made from the seed and its number alone, and tells what it sent
 * when the server did not stand it.
 */
import { Dice } from "./dice.ts";
import { Trail, type HostileAccount, type HostileOptions } from "./hostile.ts";
import { NeighbourThread, type OpcuaNeighbourAccount } from "./opcua-neighbour.ts";
import { Grammar, OWN_ITEM, OWN_SUBSCRIPTION } from "./opcua-grammar.ts";
import {
  NoAnswer,
  REQUEST,
  RawClient,
  framed,
  type RawAnswer,
  type Service,
} from "../opcua-raw/raw-client.ts";
import { NULL_NODE, Writer, ns0, type RawNodeId } from "../opcua-raw/writer.ts";

/** One thing that a hostile client says. Octets as hex. */
export type Step =
  /** A request with its header */
  | { readonly service: Service; readonly parameters: string }
  /** A message's body, whatever it is */
  | { readonly body: string }
  /** Octets on the connection */
  | { readonly octets: string };

/** What a hostile client does: how far it gets on in, and what it says there. */
export interface Attack {
  readonly stage: "connection" | "hello" | "channel" | "session";
  readonly steps: readonly Step[];
}

/** What became of attacks. */
export interface HostileCounts {
  clients: number;
  /** Requests, bodies and pieces of octets */
  sent: number;
  /** Requests that were answered by a handler, by service */
  readonly reached: Partial<Record<Service, number>>;
  /** Requests and bodies that were answered without one: they could not be decoded */
  refused: number;
  /** Octets and messages after which the connection was closed */
  closed: number;
  /** Requests that were never answered although their connection was open */
  readonly silent: Step[];
}

export const noHostileCounts = (): HostileCounts => ({
  clients: 0,
  sent: 0,
  reached: {},
  refused: 0,
  closed: 0,
  silent: [],
});

export const reachedInAll = ({ reached }: HostileCounts): number =>
  Object.values(reached).reduce((sum, count) => sum + count, 0);

const SERVICES = Object.keys(REQUEST).filter(
  (name) => name !== "OpenSecureChannel" && name !== "CloseSecureChannel",
) as Service[];
/** Those that make state which others then refer to come more often. */
const OFTEN: readonly Service[] = [
  "CreateSubscription",
  "CreateMonitoredItems",
  "CreateMonitoredItems",
  "ModifyMonitoredItems",
  "Publish",
  "Read",
  "Browse",
  "Call",
  "HistoryRead",
  "SetTriggering",
];
/** BadDecodingError, BadEncodingLimitsExceeded, BadServiceUnsupported, BadRequestTooLarge: no handler was reached. */
const UNREACHED = new Set([0x8007_0000, 0x8008_0000, 0x800b_0000, 0x80b8_0000]);
/** Of a client with a session, and how many of them are under way at a time */
const REQUESTS = 30;
const PIPELINED = 4;

/** The attack with this number. @param nodes  that its requests may name */
export function attackOf(seed: string, number: number, nodes: readonly RawNodeId[]): Attack {
  const dice = new Dice(seed, number);
  const grammar = new Grammar(dice, nodes);
  const stage = dice.weighted([
    [1, "connection"],
    [1, "hello"],
    [1, "channel"],
    [4, "session"],
  ] as const);
  if (stage !== "session") {
    const steps = Array.from({ length: 1 + dice.below(6) }, () => octetsStep(dice));
    return { stage, steps };
  }
  const steps = Array.from({ length: REQUESTS }, () => requestStep(dice, grammar));
  // Behind half a message nothing is heard any more.
  return { stage, steps: dice.chance(30) ? [...steps, octetsStep(dice)] : steps };
}

const KINDS = "HELF OPNF MSGF MSGC MSGA CLOF ERRF ACKF RHEF XXXX MSGX \0\0\0\0".split(" ");

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");

function octetsStep(dice: Dice): Step {
  const body = dice.octets(dice.below(80));
  const size = dice.chance(50) ? undefined : dice.pick([0, 7, 8, 12, 4096, 65_536, 0x7fff_ffff, 0xffff_ffff]);
  const octets = framed(dice.pick(KINDS), body, size);
  return { octets: hex(dice.chance(30) ? dice.damage(octets) : octets) };
}

function requestStep(dice: Dice, grammar: Grammar): Step {
  const service = dice.chance(60) ? dice.pick(OFTEN) : dice.pick(SERVICES);
  const writer = new Writer();
  grammar.parameters(service)(writer);
  if (dice.chance(80)) return { service, parameters: hex(writer.octets) };
  if (dice.chance(70)) return { service, parameters: hex(dice.damage(writer.octets)) };
  return { body: hex(Buffer.concat([new Writer().nodeId(grammar.nodeId()).octets, writer.octets])) };
}

/** What a client itself has made, the newest last. */
interface Own {
  subscription: number;
  item: number;
}

function filledIn(parameters: string, { subscription, item }: Own): Buffer {
  const octets = Buffer.from(parameters, "hex");
  const word = (id: number): Buffer => new Writer().uint32(id).octets;
  for (const [place, id] of [
    [OWN_SUBSCRIPTION, subscription],
    [OWN_ITEM, item],
  ] as const) {
    for (let at = octets.indexOf(word(place)); at >= 0; at = octets.indexOf(word(place), at + 4))
      octets.writeUInt32LE(id, at);
  }
  return octets;
}

/** Carries an attack out, and adds to the counts what became of it. */
export async function attack(url: string, { stage, steps }: Attack, counts: HostileCounts): Promise<void> {
  counts.clients += 1;
  const client = await RawClient.connect(url);
  const own: Own = { subscription: 0, item: 0 };
  const pending: Promise<void>[] = [];
  try {
    if (stage === "session") await openSession(client);
    else {
      if (stage !== "connection") await client.hello();
      if (stage === "channel") await client.openChannel();
    }
    for (const step of steps) {
      if (client.isClosed) break;
      counts.sent += 1;
      if ("octets" in step) client.write(Buffer.from(step.octets, "hex"));
      else pending.push(say(client, step, own, counts));
      // What comes next may name what this one makes.
      const makes = "service" in step && step.service.startsWith("Create");
      if (makes || pending.length % PIPELINED === 0) await Promise.all(pending);
    }
    await Promise.all(pending);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    counts.closed += 1;
  } finally {
    client.close();
  }
}

async function openSession(client: RawClient): Promise<void> {
  await client.hello();
  await client.openChannel();
  await client.createSession();
  await client.activateSession();
}

async function say(
  client: RawClient,
  step: Exclude<Step, { octets: string }>,
  own: Own,
  counts: HostileCounts,
): Promise<void> {
  const isRequest = "service" in step;
  const body = isRequest
    ? client.body(step.service, (w) => w.raw(filledIn(step.parameters, own)))
    : Buffer.from(step.body, "hex");
  const answered = client.send(body);
  // What a subscription has to say may come at any time.
  if (isRequest && step.service === "Publish") {
    counts.reached.Publish = (counts.reached.Publish ?? 0) + 1;
    answered.catch(() => undefined);
    return;
  }
  try {
    const answer = await answered;
    if (UNREACHED.has(answer.status) || !isRequest) counts.refused += 1;
    else {
      counts.reached[step.service] = (counts.reached[step.service] ?? 0) + 1;
      learn(step.service, answer, own);
    }
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    if (error.message === "silence") counts.silent.push(step);
    else counts.closed += 1;
  }
}

function learn(service: Service, { status, body }: RawAnswer, own: Own): void {
  if (status !== 0) return;
  if (service === "CreateSubscription") own.subscription = body.uint32();
  // The first result: its status and, where that is Good, the item's id.
  if (service === "CreateMonitoredItems" && body.int32() > 0 && body.uint32() === 0) own.item = body.uint32();
}

export interface HostileOpcuaOptions extends HostileOptions {
  /** "opc.tcp://127.0.0.1:24841" */
  readonly url: string;
  /** At least so many in handlers, up to the end of a client */
  readonly requests: number;
  /** Clients at a time */
  readonly clients?: number;
}

/** @throws Error with seed and clients when the neighbour is starved or a client is refused */
export async function hostileOpcua(
  options: HostileOpcuaOptions,
): Promise<HostileAccount & HostileCounts & { readonly neighbour: OpcuaNeighbourAccount }> {
  const { url, seed, requests, from = 0, clients = 3, onProgress, mayGoOn = () => true } = options;
  const trail = new Trail("opcua", options, () => 0);
  const counts = noHostileCounts();
  const nodes = await nodesOf(url);
  const neighbour = await NeighbourThread.open(url);
  try {
    for (let number = from; reachedInAll(counts) < requests && mayGoOn(); number += clients) {
      trail.begin(number);
      trail.reach(number + clients - 1);
      const attacks = Array.from({ length: clients }, (_, i) => attackOf(seed, number + i, nodes));
      await Promise.all(attacks.map((it) => attack(url, it, counts)));
      for (const step of counts.silent.splice(0)) trail.fail(`never answered: ${JSON.stringify(step)}`);
      onProgress?.(reachedInAll(counts));
    }
    await neighbour.turn();
    const { failures } = trail;
    const reachedHandler = reachedInAll(counts);
    const byType = counts.reached as Record<string, number>;
    return {
      ...counts,
      sent: counts.sent,
      reachedHandler,
      byType,
      faults: 0,
      failures,
      neighbour: neighbour.account,
    };
  } catch (error) {
    throw trail.failure(error);
  } finally {
    trail.end();
    await neighbour.close();
  }
}

/** Node ids of a server's units, found by browsing. @param most  how many */
export async function nodesOf(url: string, most = 300): Promise<RawNodeId[]> {
  const client = await RawClient.open(url);
  const found: RawNodeId[] = [ns0(85)];
  const seen = new Set([JSON.stringify(found[0])]);
  for (let i = 0; i < found.length && found.length < most; i++) {
    const { body, status } = await client.ask("Browse", (w) =>
      w
        .nodeId(NULL_NODE)
        .int64(0n)
        .uint32(0)
        .uint32(0)
        .array([found[i]!], (it) => {
          w.nodeId(it).uint32(0).nodeId(ns0(33)).boolean(true).uint32(0).uint32(0);
        }),
    );
    if (status !== 0 || body.int32() !== 1) continue;
    body.uint32();
    body.bytes();
    for (let left = body.int32(); left > 0; left--) {
      body.nodeId();
      body.byte();
      const target = body.nodeId();
      body.uint16();
      body.string();
      if (body.byte() & 2) body.string();
      body.uint32();
      body.nodeId();
      const key = JSON.stringify(target);
      if (!seen.has(key)) found.push(target);
      seen.add(key);
    }
  }
  client.close();
  return found;
}
