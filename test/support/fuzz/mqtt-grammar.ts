/** MQTT packets as a client might send them, in sequences as connections have them, and worse ones. */
import { Dice, NOT_UTF8, topic } from "./dice.ts";

/** Octets of one of a few connections, which opens with its first step; or its end. */
export type Step =
  | { readonly connection: number; readonly octets: Buffer }
  | { readonly connection: number; readonly end: "close" | "reset" };

export const CONNECTIONS = 3;
const STEPS_MAX = 30;

const TYPE = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  suback: 9,
  unsubscribe: 10,
  unsuback: 11,
  pingreq: 12,
  pingresp: 13,
  disconnect: 14,
  auth: 15,
} as const;

type Type = keyof typeof TYPE;
type Version = 4 | 5;

const word = (value: number): Buffer => Buffer.of(value >> 8, value & 0xff);

/** A string with its length, which seldom lies. */
function text(dice: Dice, octets: Buffer): Buffer {
  const length = dice.odd(3) ? dice.below(0x10000) : octets.length;
  return Buffer.concat([word(length), octets]);
}

/** Remaining Length and its like. */
function variable(value: number): Buffer {
  const octets: number[] = [];
  let rest = value;
  do {
    octets.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.from(octets);
}

/** MQTT 5, 2.2.2.2: properties by how their value is written. */
const PROPERTIES: readonly (readonly [id: number, value: (dice: Dice) => Buffer])[] = [
  [0x01, (dice) => Buffer.of(dice.below(3))],
  [0x02, (dice) => Buffer.concat([word(0), word(dice.pick([0, 1, 60]))])],
  [0x03, (dice) => text(dice, topic(dice))],
  [0x08, (dice) => text(dice, topic(dice))],
  [0x09, (dice) => text(dice, dice.octets(dice.below(9)))],
  [0x0b, (dice) => variable(dice.pick([0, 1, 128, 268_435_455]))],
  [0x11, (dice) => Buffer.concat([word(dice.pick([0, 0xffff])), word(dice.pick([0, 1, 0xffff]))])],
  [0x15, (dice) => text(dice, topic(dice))],
  [0x18, (dice) => Buffer.concat([word(0), word(dice.pick([0, 1]))])],
  [0x21, (dice) => word(dice.pick([0, 1, 2, 0xffff]))],
  [0x22, (dice) => word(dice.below(20))],
  [0x23, (dice) => word(dice.below(20))],
  [0x26, (dice) => Buffer.concat([text(dice, topic(dice)), text(dice, topic(dice))])],
  [0x27, (dice) => Buffer.concat([word(0), word(dice.pick([0, 10, 200, 0xffff]))])],
];

/** Properties that a packet may have, seldom others. */
function properties(dice: Dice, version: Version, usual: readonly number[]): Buffer {
  if (version === 4) return Buffer.alloc(0);
  const parts: Buffer[] = [];
  while (dice.chance(35)) {
    const wanted = !dice.odd(20) && usual.length > 0 ? dice.pick(usual) : undefined;
    const [id, value] = PROPERTIES.find(([it]) => it === wanted) ?? dice.pick(PROPERTIES);
    parts.push(Buffer.of(id), value(dice));
  }
  const all = Buffer.concat(parts);
  return Buffer.concat([variable(dice.odd(4) ? dice.below(300) : all.length), all]);
}

function clientId(dice: Dice): Buffer {
  if (!dice.odd(40)) return Buffer.from(dice.pick(["h1", "h2", "h3", "h4", "h5"]));
  const odd = ["", "x".repeat(300), "\u001b]0;owned\u0007", "h\0", "é\r\n"];
  return dice.chance(80) ? Buffer.from(dice.pick(odd)) : dice.pick(NOT_UTF8);
}

const payload = (dice: Dice): Buffer =>
  Buffer.alloc(dice.chance(95) ? dice.below(60) : dice.pick([2_000, 40_000]), dice.below(256));

function connect(dice: Dice, version: Version): Buffer {
  const hasWill = dice.chance(30);
  const flags =
    (dice.chance(40) ? 0x02 : 0) | (hasWill ? 0x04 | (dice.below(3) << 3) | (dice.below(2) << 5) : 0);
  const extra = dice.odd(15) ? dice.below(256) : 0;
  const name = !dice.odd(5) ? Buffer.from("MQTT") : topic(dice);
  const will = [
    properties(dice, version, [0x18, 0x02, 0x26]),
    text(dice, topic(dice)),
    text(dice, payload(dice)),
  ];
  return Buffer.concat([
    text(dice, name),
    Buffer.of(!dice.odd(5) ? version : dice.below(256), flags | extra),
    word(dice.pick([0, 1, 60, 0xffff])),
    properties(dice, version, [0x11, 0x21, 0x22, 0x27, 0x26]),
    text(dice, clientId(dice)),
    ...(hasWill ? will : []),
    ...(extra & 0x80 ? [text(dice, topic(dice))] : []),
  ]);
}

function publish(dice: Dice, version: Version, qos: number): Buffer {
  const props = properties(dice, version, [0x01, 0x02, 0x03, 0x08, 0x09, 0x23, 0x26]);
  return Buffer.concat([
    text(dice, !dice.odd(10) ? topic(dice) : Buffer.alloc(0)),
    ...(qos > 0 ? [word(dice.id())] : []),
    props,
    payload(dice),
  ]);
}

function acknowledgement(dice: Dice, version: Version): Buffer {
  if (version === 4 || dice.chance(50)) return word(dice.id());
  const code = dice.odd(20) ? dice.below(256) : dice.pick([0, 0, 0x92]);
  return Buffer.concat([word(dice.id()), Buffer.of(code), properties(dice, version, [0x1f, 0x26])]);
}

function filters(dice: Dice, version: Version, hasOptions: boolean): Buffer {
  const parts = [word(dice.id()), properties(dice, version, hasOptions ? [0x0b, 0x26] : [0x26])];
  for (let left = !dice.odd(5) ? 1 + dice.below(3) : 0; left > 0; left--) {
    parts.push(text(dice, topic(dice)));
    const options = dice.below(3) | (version === 5 ? dice.below(8) << 2 : 0);
    if (hasOptions) parts.push(Buffer.of(!dice.odd(5) ? options : dice.below(256)));
  }
  return Buffer.concat(parts);
}

/** First octet and body. */
function packet(dice: Dice, type: Type, version: Version): { first: number; body: Buffer } {
  const qos =
    type === "publish"
      ? dice.weighted([
          [30, dice.below(3)],
          [1, 3],
        ] as const)
      : 0;
  const usual = { publish: (dice.below(16) & 0b1001) | (qos << 1), pubrel: 2, subscribe: 2, unsubscribe: 2 };
  const flags = type in usual ? usual[type as keyof typeof usual] : 0;
  const bodies: Record<Type, () => Buffer> = {
    connect: () => connect(dice, version),
    connack: () => dice.octets(2),
    publish: () => publish(dice, version, qos),
    puback: () => acknowledgement(dice, version),
    pubrec: () => acknowledgement(dice, version),
    pubrel: () => acknowledgement(dice, version),
    pubcomp: () => acknowledgement(dice, version),
    subscribe: () => filters(dice, version, true),
    suback: () => dice.octets(3),
    unsubscribe: () => filters(dice, version, false),
    unsuback: () => dice.octets(3),
    pingreq: () => Buffer.alloc(0),
    pingresp: () => Buffer.alloc(0),
    disconnect: () =>
      version === 4 || dice.chance(50)
        ? Buffer.alloc(0)
        : Buffer.concat([Buffer.of(dice.pick([0, 4, 0x80])), properties(dice, version, [0x11, 0x26])]),
    auth: () => Buffer.concat([Buffer.of(dice.pick([0, 0x18])), properties(dice, version, [0x15, 0x16])]),
  };
  const sloppy = dice.odd(3) ? dice.below(16) : flags;
  return { first: (TYPE[type] << 4) | sloppy, body: bodies[type]() };
}

const TYPES = Object.keys(TYPE) as Type[];

/** What a connection is made of, about as often as one has it. */
const USUAL: readonly (readonly [number, Type])[] = [
  ...([
    [30, "publish"],
    [14, "subscribe"],
    [4, "unsubscribe"],
    [12, "puback"],
    [8, "pubrec"],
  ] as const),
  ...([
    [8, "pubrel"],
    [8, "pubcomp"],
    [4, "pingreq"],
    [1, "disconnect"],
  ] as const),
];

function octets(dice: Dice, type: Type, version: Version): Buffer {
  const { first, body } = packet(dice, type, version);
  const sound = (): Buffer => Buffer.concat([Buffer.of(first), variable(body.length), body]);
  if (!dice.odd(8)) return sound();
  const damaged = dice.damage(body);
  return dice.pick([
    // With a true Remaining Length, so that it gets past the header.
    Buffer.concat([Buffer.of(first), variable(damaged.length), damaged]),
    dice.damage(sound()),
    Buffer.concat([Buffer.of(first), variable(dice.below(0xfffffff)), body]),
    Buffer.concat([Buffer.of(first, 0xff, 0xff, 0xff, 0xff, 0x01), body]),
  ]);
}

/** A sequence of packets and ends; the same for one seed and one episode. */
export function mqttEpisode(seed: string, episode: number): Step[] {
  const dice = new Dice(seed, episode);
  const steps: Step[] = [];
  const versions = Array.from({ length: CONNECTIONS }, () => (dice.chance(50) ? 4 : 5) as Version);
  for (const [connection, version] of versions.entries()) {
    if (!dice.odd(7)) steps.push({ connection, octets: octets(dice, "connect", version) });
  }
  for (let left = 1 + dice.below(STEPS_MAX); left > 0; left--) {
    const connection = dice.below(CONNECTIONS);
    const type = !dice.odd(5) ? dice.weighted(USUAL) : dice.pick(TYPES);
    if (dice.chance(2)) steps.push({ connection, end: dice.pick(["close", "reset"] as const) });
    else steps.push({ connection, octets: octets(dice, type, versions[connection]!) });
  }
  return steps;
}
