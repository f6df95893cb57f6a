/** Datagrams as a client might send them, in sequences as sessions have them, and worse ones. */
import { Dice, NOT_UTF8, topic } from "./dice.ts";

/** One datagram from one of a few sockets. */
export interface Datagram {
  /** 0 to SOCKETS - 1 */
  readonly socket: number;
  readonly octets: Buffer;
}

export const SOCKETS = 6;
const STEPS_MAX = 40;

/** MsgType, 5.2.2 */
const TYPE = {
  ADVERTISE: 0x00,
  SEARCHGW: 0x01,
  GWINFO: 0x02,
  CONNECT: 0x04,
  CONNACK: 0x05,
  WILLTOPICREQ: 0x06,
  WILLTOPIC: 0x07,
  WILLMSGREQ: 0x08,
  WILLMSG: 0x09,
  REGISTER: 0x0a,
  REGACK: 0x0b,
  PUBLISH: 0x0c,
  PUBACK: 0x0d,
  PUBCOMP: 0x0e,
  PUBREC: 0x0f,
  PUBREL: 0x10,
  SUBSCRIBE: 0x12,
  SUBACK: 0x13,
  UNSUBSCRIBE: 0x14,
  UNSUBACK: 0x15,
  PINGREQ: 0x16,
  PINGRESP: 0x17,
  DISCONNECT: 0x18,
  WILLTOPICUPD: 0x1a,
  WILLTOPICRESP: 0x1b,
  WILLMSGUPD: 0x1c,
  WILLMSGRESP: 0x1d,
} as const;

type Type = keyof typeof TYPE;

const word = (value: number): Buffer => Buffer.of(value >> 8, value & 0xff);

/** Few ids, so that clients take over from each other. */
function clientId(dice: Dice): Buffer {
  if (dice.chance(75)) return Buffer.from(dice.pick(["h1", "h2", "h3"]));
  const odd = ["", "x".repeat(23), "x".repeat(24), "\u001b]0;owned\u0007", "../../etc/x", "h\0", "é\r\n"];
  return dice.chance(80) ? Buffer.from(dice.pick(odd)) : dice.pick(NOT_UTF8);
}

function payload(dice: Dice): Buffer {
  const size = dice.weighted([
    [4, 0],
    [20, dice.below(40)],
    [3, 300],
    [1, dice.pick([1400, 9000])],
  ] as const);
  return Buffer.alloc(size, dice.below(256));
}

/** Keep-alive or sleep, in seconds: none, short enough to expire while others go on, and the longest. */
const duration = (dice: Dice): Buffer => word(dice.pick([0, 1, 1, 2, 60, 0xffff]));

const flags = (dice: Dice, qos = dice.pick([0, 1, 1, 2, 2, 3])): number =>
  (dice.chance(15) ? 0x80 : 0) | (qos << 5) | (dice.chance(10) ? 0x10 : 0);

function publish(dice: Dice): Buffer {
  const kind = dice.weighted([
    [6, 0],
    [1, 1],
    [2, 2],
    [1, 3],
  ] as const);
  const id = kind === 2 ? Buffer.from(dice.pick(["ab", "t1", "a#", "\0a"])) : word(dice.id());
  return Buffer.concat([Buffer.of(flags(dice) | kind), id, word(dice.id()), payload(dice)]);
}

function filter(dice: Dice): Buffer {
  const kind = dice.weighted([
    [8, 0],
    [1, 1],
    [1, 2],
    [1, 3],
  ] as const);
  const name = kind === 0 ? topic(dice) : kind === 2 ? Buffer.from("ab") : word(dice.id());
  return Buffer.concat([Buffer.of(flags(dice) | kind), word(dice.id()), name]);
}

const will = (dice: Dice): Buffer =>
  dice.chance(20) ? Buffer.alloc(0) : Buffer.concat([Buffer.of(flags(dice)), topic(dice)]);

const BODIES: Record<Type, (dice: Dice) => Buffer> = {
  ADVERTISE: (dice) => Buffer.concat([Buffer.of(dice.below(256)), duration(dice)]),
  SEARCHGW: (dice) => Buffer.of(dice.below(4)),
  GWINFO: (dice) => Buffer.concat([Buffer.of(dice.below(256)), dice.octets(dice.below(5))]),
  CONNECT: (dice) => {
    const wanted = (dice.chance(30) ? 0x08 : 0) | (dice.chance(50) ? 0x04 : 0);
    const protocol = dice.chance(95) ? 1 : dice.below(256);
    return Buffer.concat([Buffer.of(wanted, protocol), duration(dice), clientId(dice)]);
  },
  CONNACK: (dice) => Buffer.of(dice.below(5)),
  WILLTOPICREQ: () => Buffer.alloc(0),
  WILLTOPIC: will,
  WILLMSGREQ: () => Buffer.alloc(0),
  WILLMSG: payload,
  REGISTER: (dice) => Buffer.concat([word(0), word(dice.id()), topic(dice)]),
  REGACK: (dice) => Buffer.concat([word(dice.id()), word(dice.id()), Buffer.of(dice.below(5))]),
  PUBLISH: publish,
  PUBACK: (dice) => Buffer.concat([word(dice.id()), word(dice.id()), Buffer.of(dice.below(5))]),
  PUBCOMP: (dice) => word(dice.id()),
  PUBREC: (dice) => word(dice.id()),
  PUBREL: (dice) => word(dice.id()),
  SUBSCRIBE: filter,
  SUBACK: (dice) => Buffer.concat([Buffer.of(flags(dice)), word(dice.id()), word(dice.id()), Buffer.of(0)]),
  UNSUBSCRIBE: filter,
  UNSUBACK: (dice) => word(dice.id()),
  PINGREQ: (dice) => (dice.chance(50) ? Buffer.alloc(0) : clientId(dice)),
  PINGRESP: () => Buffer.alloc(0),
  DISCONNECT: (dice) => (dice.chance(40) ? Buffer.alloc(0) : duration(dice)),
  WILLTOPICUPD: will,
  WILLTOPICRESP: (dice) => Buffer.of(dice.below(5)),
  WILLMSGUPD: payload,
  WILLMSGRESP: (dice) => Buffer.of(dice.below(5)),
};

const TYPES = Object.keys(TYPE) as Type[];

/** What a session is made of, about as often as a session has it. */
const USUAL: readonly (readonly [number, Type])[] = [
  ...([
    [10, "CONNECT"],
    [4, "WILLTOPIC"],
    [4, "WILLMSG"],
    [8, "REGISTER"],
    [20, "PUBLISH"],
  ] as const),
  ...([
    [10, "SUBSCRIBE"],
    [3, "UNSUBSCRIBE"],
    [6, "PINGREQ"],
    [6, "DISCONNECT"],
    [4, "REGACK"],
  ] as const),
  ...([
    [8, "PUBACK"],
    [5, "PUBREC"],
    [5, "PUBCOMP"],
    [5, "PUBREL"],
  ] as const),
  ...([
    [3, "WILLTOPICUPD"],
    [3, "WILLMSGUPD"],
    [1, "SEARCHGW"],
  ] as const),
];

/** With the header that the length asks for, or, seldom, with the other one. */
function framed(type: number, body: Buffer, isLong: boolean): Buffer {
  if (body.length + 2 > 0xff || isLong) {
    return Buffer.concat([Buffer.of(1), word(body.length + 4), Buffer.of(type), body]);
  }
  return Buffer.concat([Buffer.of(body.length + 2, type), body]);
}

function message(dice: Dice, type: Type): Buffer {
  return framed(TYPE[type], BODIES[type](dice), dice.chance(3));
}

function wrapped(dice: Dice, inner: Buffer): Buffer {
  const node = Buffer.alloc(dice.pick([1, 1, 4, 252, 0]), 1 + dice.below(2));
  return Buffer.concat([Buffer.of(3 + node.length, 0xfe, dice.below(4)), node, inner]);
}

function datagram(dice: Dice, type: Type): Buffer {
  const sound = message(dice, type);
  return dice.weighted([
    [80, () => sound],
    [5, () => dice.damage(sound)],
    // With a true Length, so that it gets past the header.
    [3, () => framed(TYPE[type], dice.damage(BODIES[type](dice)), false)],
    [6, () => wrapped(dice, sound)],
    [1, () => wrapped(dice, wrapped(dice, sound))],
    [2, () => dice.octets(dice.below(48))],
    [1, () => framed(dice.below(256), dice.octets(dice.below(20)), dice.chance(20))],
  ] as const)();
}

/** A 64 kB datagram: the longest that IPv4 carries. */
const huge = (dice: Dice): Buffer =>
  framed(
    dice.pick([TYPE.PUBLISH, TYPE.REGISTER, TYPE.CONNECT, TYPE.WILLMSG]),
    Buffer.alloc(65_503, 0x61),
    true,
  );

/** A sequence of datagrams; the same for one seed and one episode. */
export function mqttSnEpisode(seed: string, episode: number): Datagram[] {
  const dice = new Dice(seed, episode);
  const socket = dice.below(SOCKETS);
  const steps: Datagram[] = [];
  if (dice.chance(80)) steps.push({ socket, octets: message(dice, "CONNECT") });
  for (let left = 1 + dice.below(STEPS_MAX); left > 0; left--) {
    const type = dice.chance(92) ? dice.weighted(USUAL) : dice.pick(TYPES);
    const from = dice.chance(90) ? socket : dice.below(SOCKETS);
    const octets = datagram(dice, type);
    steps.push({ socket: from, octets });
    if (dice.chance(5)) steps.push({ socket: from, octets });
  }
  if (dice.below(2000) === 0) steps.push({ socket, octets: huge(dice) });
  return steps;
}
