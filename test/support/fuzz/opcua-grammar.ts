/** Requests as a grammar makes them: mostly such as clients send, with odd parts anywhere. Seeded. */
import type { Dice } from "./dice.ts";
import type { Service } from "../opcua-raw/raw-client.ts";
import { NULL_NODE, TYPE, Writer, ns0, type RawNodeId } from "../opcua-raw/writer.ts";

/** Stand in parameters for the ids of what the client itself has made; they are put in when it is known. */
export const OWN_SUBSCRIPTION = 0xfeed_0001;
export const OWN_ITEM = 0xfeed_0002;

const ODD_NUMBERS = [0, 1, 2, 255, 65_535, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
const ODD_DOUBLES = [0, -0, -1, 1e-300, 1e308, NaN, Infinity, -Infinity, 100, 1000, 3_600_000];
const ODD_TEXTS = [
  "",
  "\0",
  ":",
  "1:",
  "1,",
  "0:1",
  "5:1",
  "../../x",
  "\u001b[2J",
  "x".repeat(300),
  "ä\u202e✓",
];
/** Of namespace 0: types, methods, properties, folders, and some that are not there */
const STANDARD = [
  58, 62, 84, 85, 86, 2041, 2253, 2255, 2256, 2258, 2259, 2268, 2782, 2915, 3062, 7617, 11493, 12873, 17594,
  23456, 99_999,
];
const METHODS = [3875, 12_912, 11_492, 12_873, 11_490, 9_028, 58];

type Write = (writer: Writer) => void;

export class Grammar {
  readonly #dice: Dice;
  readonly #nodes: readonly RawNodeId[];

  /** @param nodes  of the server, which requests name most often */
  constructor(dice: Dice, nodes: readonly RawNodeId[]) {
    this.#dice = dice;
    this.#nodes = nodes;
  }

  /** Parameters of a request to a service. */
  parameters(service: Service): Write {
    const write = this.#services[service] ?? (() => undefined);
    return (w) => write(w);
  }

  /** Elements of a list that a request has: few mostly, none or many now and then. */
  #list(): number[] {
    const length = this.#dice.chance(80) ? 1 + this.#dice.below(4) : this.#dice.pick([0, 0, 17, 200]);
    return Array.from({ length }, (_, i) => i);
  }

  nodeId(): RawNodeId {
    const dice = this.#dice;
    if (dice.chance(60) && this.#nodes.length > 0) return dice.pick(this.#nodes);
    if (dice.chance(80)) return ns0(dice.pick(STANDARD));
    return dice.pick<RawNodeId>([
      NULL_NODE,
      { ns: dice.below(70_000), i: dice.pick(ODD_NUMBERS) },
      { ns: dice.below(12), s: this.text() },
      { ns: 0, guid: dice.octets(16) },
      { ns: dice.below(3), opaque: dice.octets(dice.below(20)) },
    ]);
  }

  text(): string {
    return this.#dice.chance(50) ? "Value" : this.#dice.pick(ODD_TEXTS);
  }

  number(usual: number): number {
    return this.#dice.chance(75) ? usual : this.#dice.pick(ODD_NUMBERS);
  }

  double(usual: number): number {
    return this.#dice.chance(60) ? usual : this.#dice.pick(ODD_DOUBLES);
  }

  #range(w: Writer): void {
    w.string(this.#dice.chance(80) ? null : this.text());
  }

  #readValue(w: Writer, attribute = 13): void {
    w.nodeId(this.nodeId()).uint32(this.number(this.#dice.chance(70) ? attribute : 1 + this.#dice.below(28)));
    this.#range(w);
    w.qualifiedName(this.number(0), this.#dice.chance(85) ? null : this.text());
  }

  /** A Variant of any type, arrays and nesting included. */
  variant(w: Writer, depth = 0): void {
    const dice = this.#dice;
    const scalars: Record<number, Write> = {
      [TYPE.boolean]: (it) => it.boolean(dice.chance(50)),
      [TYPE.int32]: (it) => it.int32(dice.pick(ODD_NUMBERS)),
      [TYPE.uint32]: (it) => it.uint32(this.#subscription()),
      [TYPE.double]: (it) => it.double(this.double(1)),
      [TYPE.string]: (it) => it.string(this.text()),
      [TYPE.dateTime]: (it) => it.int64(BigInt(dice.below(1 << 30)) << 30n),
      [TYPE.guid]: (it) => it.raw(dice.octets(16)),
      [TYPE.byteString]: (it) => it.bytes(dice.octets(dice.below(40))),
      [TYPE.nodeId]: (it) => it.nodeId(this.nodeId()),
      [TYPE.statusCode]: (it) => it.uint32(dice.pick(ODD_NUMBERS)),
      [TYPE.qualifiedName]: (it) => it.qualifiedName(0, this.text()),
      [TYPE.localizedText]: (it) => it.localizedText(this.text()),
      [TYPE.extensionObject]: (it) => this.extension(it),
    };
    if (dice.chance(5)) return void w.byte(0);
    if (depth < 8 && dice.chance(6)) {
      w.byte(TYPE.variant | 0x80);
      return void w.array([0, 1], () => this.variant(w, depth + 1));
    }
    const type = Number(dice.pick(Object.keys(scalars)));
    if (dice.chance(75)) return void w.variant(type, scalars[type]!);
    w.byte(type | 0x80).array(this.#list().slice(0, 5), () => scalars[type]!(w));
    return undefined;
  }

  /** A structure: a filter, an operand, details of a history read, or one that fits nowhere. */
  extension(w: Writer): void {
    const dice = this.#dice;
    dice.pick<Write>([
      (it) => it.noExtension(),
      (it) =>
        it.extension(ns0(724), (f) =>
          f.uint32(this.number(1)).uint32(this.number(1)).double(this.double(0.5)),
        ),
      (it) => this.#eventFilter(it),
      (it) =>
        it.extension(ns0(730), (f) =>
          f
            .int64(0n)
            .nodeId(this.nodeId())
            .double(this.double(1000))
            .raw(dice.octets(5).map((octet) => octet & 1)),
        ),
      (it) =>
        it.extension(ns0(dice.pick([298, 594, 597, 600, 884, 12_345])), (f) =>
          f.raw(dice.octets(dice.below(30))),
        ),
    ])(w);
  }

  #operand(w: Writer, elements: number): void {
    const dice = this.#dice;
    dice.pick<Write>([
      (it) => it.extension(ns0(594), (o) => o.uint32(this.number(dice.below(elements + 1)))),
      (it) => it.extension(ns0(597), (o) => this.variant(o)),
      (it) => it.extension(ns0(601 + 2), (o) => this.#select(o)),
      (it) =>
        it.extension(ns0(600), (o) =>
          o.nodeId(this.nodeId()).string(this.text()).int32(0).uint32(13).string(null),
        ),
      (it) => this.extension(it),
    ])(w);
  }

  #select(w: Writer): void {
    const type = this.#dice.chance(70) ? ns0(2041) : this.nodeId();
    w.nodeId(type).array(this.#list().slice(0, 3), () =>
      w.qualifiedName(0, this.#dice.pick(["EventId", "Message", "x", ""])),
    );
    w.uint32(this.number(13));
    this.#range(w);
  }

  #eventFilter(w: Writer): void {
    const dice = this.#dice;
    w.extension(ns0(727), (f) => {
      f.array(this.#list(), () => this.#select(f));
      const elements = this.#list().slice(0, 30);
      f.array(elements, () => {
        f.uint32(this.number(dice.below(18)));
        f.array(this.#list().slice(0, 4), () => this.#operand(f, elements.length));
      });
    });
  }

  #monitoring(w: Writer): void {
    w.uint32(this.number(7)).double(this.double(100));
    if (this.#dice.chance(50)) w.noExtension();
    else this.extension(w);
    w.uint32(this.number(2)).boolean(this.#dice.chance(70));
  }

  #subscription(): number {
    return this.#dice.chance(85) ? OWN_SUBSCRIPTION : this.#dice.pick(ODD_NUMBERS);
  }

  #item(): number {
    return this.#dice.chance(85) ? OWN_ITEM : this.#dice.pick(ODD_NUMBERS);
  }

  #dataValue(w: Writer): void {
    const mask = this.#dice.chance(70) ? 1 : this.#dice.below(64);
    w.byte(mask);
    if (mask & 1) this.variant(w);
    if (mask & 2) w.uint32(this.#dice.pick(ODD_NUMBERS));
    if (mask & 4) w.int64(1n << 62n);
    if (mask & 16) w.uint16(9);
    if (mask & 8) w.int64(-1n);
    if (mask & 32) w.uint16(9);
  }

  #history(w: Writer): void {
    const times: Write = (it) => it.int64(this.#dice.pick([0n, 1n, 133_000_000_000_000_000n, -1n]));
    this.#dice.pick<Write>([
      (it) =>
        it.extension(ns0(649), (d) => {
          d.boolean(this.#dice.chance(20));
          times(d);
          times(d);
          d.uint32(this.number(10)).boolean(this.#dice.chance(50));
        }),
      (it) =>
        it.extension(ns0(652), (d) => {
          times(d);
          times(d);
          d.double(this.double(1000)).array(this.#list(), () => d.nodeId(ns0(2342 + this.#dice.below(30))));
          d.boolean(true).boolean(false).byte(this.#dice.below(256)).byte(100).boolean(false);
        }),
      (it) => it.extension(ns0(655), (d) => d.array(this.#list(), () => times(d)).boolean(true)),
      (it) =>
        it.extension(ns0(646), (d) => {
          d.uint32(this.number(1));
          times(d);
          times(d);
          d.int32(-1).int32(-1);
        }),
      (it) => this.extension(it),
    ])(w);
  }

  readonly #services: Partial<Record<Service, Write>> = {
    GetEndpoints: (w) => w.string(this.text()).int32(-1).int32(-1),
    FindServers: (w) =>
      w
        .string(this.text())
        .array(["en"], (it) => w.string(it))
        .array([], () => undefined),
    RegisterServer: (w) => {
      w.string(this.text()).string(this.text());
      w.array(this.#list(), () => w.localizedText(this.text()));
      w.uint32(this.number(0)).string(null);
      w.array(this.#list(), () => w.string(this.text()));
      w.string(this.text()).boolean(this.#dice.chance(50));
    },
    CreateSession: (w) => {
      w.string("urn:x")
        .string(this.text())
        .byte(0)
        .uint32(this.number(1))
        .string(null)
        .string(null)
        .int32(-1);
      w.string(null)
        .string(this.text())
        .string(this.text())
        .bytes(this.#dice.octets(this.#dice.pick([0, 8, 32, 300])));
      w.bytes(this.#dice.chance(50) ? null : this.#dice.octets(this.#dice.below(60))).double(
        this.double(1000),
      );
      w.uint32(this.number(0));
    },
    ActivateSession: (w) => {
      w.string(null)
        .bytes(null)
        .int32(0)
        .array(["en"], () => w.string(this.text()));
      this.#dice.pick<Write>([
        (it) => it.extension(ns0(321), (t) => t.string(this.text())),
        (it) =>
          it.extension(ns0(324), (t) =>
            t.string(null).string(this.text()).bytes(this.#dice.octets(9)).string(null),
          ),
        (it) => it.extension(ns0(327), (t) => t.string(null).bytes(this.#dice.octets(50))),
        (it) => this.extension(it),
      ])(w);
      w.string(this.text()).bytes(this.#dice.octets(this.#dice.below(30)));
    },
    Cancel: (w) => w.uint32(this.number(1)),
    Read: (w) =>
      w
        .double(this.double(0))
        .uint32(this.number(2))
        .array(this.#list(), () => this.#readValue(w)),
    HistoryRead: (w) => {
      this.#history(w);
      w.uint32(this.number(2)).boolean(this.#dice.chance(20));
      w.array(this.#list().slice(0, 20), () => {
        w.nodeId(this.nodeId());
        this.#range(w);
        w.qualifiedName(0, null).bytes(this.#dice.chance(80) ? null : this.#dice.octets(8));
      });
    },
    Write: (w) =>
      w.array(this.#list(), () => {
        w.nodeId(this.nodeId()).uint32(this.number(13));
        this.#range(w);
        this.#dataValue(w);
      }),
    Call: (w) =>
      w.array(this.#list().slice(0, 20), () => {
        w.nodeId(this.#dice.chance(50) ? ns0(this.#dice.pick([2782, 2253])) : this.nodeId());
        w.nodeId(this.#dice.chance(50) ? ns0(this.#dice.pick(METHODS)) : this.nodeId());
        w.array(this.#list().slice(0, 4), () => this.variant(w));
      }),
    Browse: (w) => {
      w.nodeId(this.#dice.chance(90) ? NULL_NODE : this.nodeId())
        .int64(0n)
        .uint32(0)
        .uint32(this.number(0));
      w.array(this.#list(), () => {
        w.nodeId(this.nodeId()).uint32(this.number(this.#dice.below(3)));
        w.nodeId(this.#dice.chance(60) ? NULL_NODE : this.nodeId()).boolean(this.#dice.chance(50));
        w.uint32(this.number(0)).uint32(this.number(63));
      });
    },
    BrowseNext: (w) =>
      w.boolean(this.#dice.chance(50)).array(this.#list(), () => w.bytes(this.#dice.octets(8))),
    TranslateBrowsePaths: (w) =>
      w.array(this.#list(), () => {
        w.nodeId(this.nodeId()).array(this.#list().slice(0, 60), () => {
          w.nodeId(this.#dice.chance(50) ? ns0(33) : this.nodeId())
            .boolean(this.#dice.chance(30))
            .boolean(true);
          w.qualifiedName(this.number(0), this.#dice.pick(["Objects", "Server", "Types", this.text()]));
        });
      }),
    RegisterNodes: (w) => w.array(this.#list(), () => w.nodeId(this.nodeId())),
    UnregisterNodes: (w) => w.array(this.#list(), () => w.nodeId(this.nodeId())),
    QueryFirst: (w) => w.nodeId(NULL_NODE).int64(0n).uint32(0).int32(-1).int32(-1).uint32(0).uint32(0),
    AddNodes: (w) =>
      w.array(this.#list(), () => {
        w.nodeId(this.nodeId()).nodeId(ns0(35)).nodeId(this.nodeId()).qualifiedName(0, this.text());
        w.uint32(this.number(1));
        this.extension(w);
        w.nodeId(this.nodeId());
      }),
    DeleteNodes: (w) => w.array(this.#list(), () => w.nodeId(this.nodeId()).boolean(true)),
    HistoryUpdate: (w) => w.array(this.#list(), () => this.extension(w)),
    CreateSubscription: (w) =>
      w
        .double(this.double(100))
        .uint32(this.number(100))
        .uint32(this.number(10))
        .uint32(this.number(0))
        .boolean(true)
        .byte(0),
    ModifySubscription: (w) =>
      w
        .uint32(this.#subscription())
        .double(this.double(100))
        .uint32(this.number(100))
        .uint32(this.number(10))
        .uint32(0)
        .byte(9),
    CreateMonitoredItems: (w) =>
      w
        .uint32(this.#subscription())
        .uint32(this.number(2))
        .array(this.#list(), () => {
          this.#readValue(w, this.#dice.chance(80) ? 13 : 12);
          w.uint32(this.number(2));
          this.#monitoring(w);
        }),
    ModifyMonitoredItems: (w) =>
      w
        .uint32(this.#subscription())
        .uint32(this.number(2))
        .array(this.#list(), () => {
          w.uint32(this.#item());
          this.#monitoring(w);
        }),
    SetMonitoringMode: (w) =>
      w
        .uint32(this.#subscription())
        .uint32(this.number(this.#dice.below(3)))
        .array(this.#list(), () => w.uint32(this.#item())),
    SetTriggering: (w) => {
      w.uint32(this.#subscription()).uint32(this.#item());
      w.array(this.#list(), () => w.uint32(this.#item())).array(this.#list(), () => w.uint32(this.#item()));
    },
    DeleteMonitoredItems: (w) =>
      w.uint32(this.#subscription()).array(this.#list().slice(0, 2), () => w.uint32(this.#item())),
    SetPublishingMode: (w) =>
      w.boolean(this.#dice.chance(80)).array(this.#list(), () => w.uint32(this.#subscription())),
    Publish: (w) =>
      w.array(this.#list().slice(0, 3), () => w.uint32(this.#subscription()).uint32(this.number(1))),
    Republish: (w) => w.uint32(this.#subscription()).uint32(this.number(1)),
    TransferSubscriptions: (w) =>
      w.array(this.#list().slice(0, 3), () => w.uint32(this.#subscription())).boolean(this.#dice.chance(50)),
    DeleteSubscriptions: (w) => w.array(this.#list().slice(0, 1), () => w.uint32(this.#subscription())),
    CloseSession: (w) => w.boolean(this.#dice.chance(50)),
  };
}
