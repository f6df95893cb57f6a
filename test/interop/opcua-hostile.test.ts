/**
 * What hostile, broken and unusual clients send. Whatever it is, the next client is served, and each is told what was
 * wrong with its request. The client is written by hand: it shares no line with the server's library.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { StatusCodes } from "node-opcua";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

import { Directory } from "../../src/protocol/opcua/directory.ts";
import { UnitServer } from "../../src/protocol/opcua/unit-server.ts";
import { MOTION, emitAll, fakeCnc } from "../support/fake-cnc.ts";
import { FakePlant } from "../support/fake-plant.ts";
import { RawClient, framed, type RawAnswer } from "../support/opcua-raw/raw-client.ts";
import { NULL_NODE, Writer, ns0, type RawNodeId } from "../support/opcua-raw/writer.ts";

const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-hostile-"));
const plant = new FakePlant([fakeCnc("cnc-01")]);
const lines: string[] = [];
const options = { port: 0, pkiFolder: folder, warn: (line: string) => void lines.push(line) };
const server = new UnitServer(plant, plant.units[0]!, { ...options, security: ["none"] });
const secured = new UnitServer(plant, plant.units[0]!, {
  ...options,
  security: ["Basic256Sha256/SignAndEncrypt"],
});
const directory = new Directory([], options);
const clients: RawClient[] = [];

beforeAll(async () => {
  emitAll(plant, "cnc-01");
  await Promise.all([server.start(), directory.start()]);
  await secured.start();
});
// Sessions of clients that leave without a word stay for ten seconds, and a server has a hundred.
afterEach(async () => {
  for (const client of clients.splice(0)) {
    if (!client.isClosed) await client.ask("CloseSession", (w) => w.boolean(true)).catch(() => undefined);
    client.close();
  }
});
afterAll(async () => {
  await Promise.all([server.stop(), secured.stop(), directory.stop()]);
  rmSync(folder, { recursive: true });
});

async function connected(url = server.endpointUrl): Promise<RawClient> {
  const client = await RawClient.connect(url);
  clients.push(client);
  return client;
}

async function session(): Promise<RawClient> {
  const client = await RawClient.open(server.endpointUrl);
  clients.push(client);
  return client;
}

const nameOf = (status: number): string =>
  Object.values(StatusCodes).find(({ value }) => value === status)?.name ?? status.toString(16);

/** The status of a ServiceFault, or of an answer as a whole. */
const statusOf = async (answer: Promise<RawAnswer>): Promise<string> => nameOf((await answer).status);

const SERVER_STATE = ns0(2259);
const SERVER_ARRAY = ns0(2254);
const CURRENT_TIME = ns0(2258);
const SERVER = ns0(2253);
const SERVICE_FAULT = 397;

function readValue(w: Writer, node: RawNodeId, attribute = 13, range: string | null = null): Writer {
  return w.nodeId(node).uint32(attribute).string(range).qualifiedName(0, null);
}

function read(client: RawClient, node: RawNodeId, range: string | null = null): Promise<RawAnswer> {
  return client.ask("Read", (w) =>
    w
      .double(0)
      .uint32(2)
      .array([0], () => readValue(w, node, 13, range)),
  );
}

/** A new client reads the server's state. */
async function serves(): Promise<boolean> {
  const client = await session();
  const { status, body } = await read(client, SERVER_STATE);
  await client.ask("CloseSession", (w) => w.boolean(true));
  client.close();
  return status === 0 && body.int32() === 1;
}

async function subscribed(client: RawClient, interval_ms = 50): Promise<number> {
  const { body } = await client.ask("CreateSubscription", (w) =>
    w.double(interval_ms).uint32(1000).uint32(10).uint32(0).boolean(true).byte(0),
  );
  return body.uint32();
}

interface Item {
  readonly node: RawNodeId;
  readonly attribute?: number;
  readonly range?: string;
  readonly interval_ms?: number;
  readonly queue?: number;
  readonly filter?: (w: Writer) => void;
}

const noFilter = (w: Writer): unknown => w.noExtension();

function parameters(w: Writer, { interval_ms = 50, queue = 10, filter = noFilter }: Item): void {
  w.uint32(7).double(interval_ms);
  filter(w);
  w.uint32(queue).boolean(true);
}

/** What became of one monitored item: its status, and its id where that is Good. */
async function created(client: RawClient, subscription: number, item: Item): Promise<[string, number]> {
  const { status, body } = await client.ask("CreateMonitoredItems", (w) =>
    w
      .uint32(subscription)
      .uint32(2)
      .array([item], (it) => {
        readValue(w, it.node, it.attribute, it.range ?? null).uint32(2);
        parameters(w, it);
      }),
  );
  if (status !== 0) return [nameOf(status), 0];
  expect(body.int32()).toBe(1);
  return [nameOf(body.uint32()), body.uint32()];
}

async function modified(client: RawClient, subscription: number, id: number, item: Item): Promise<string> {
  const { status, body } = await client.ask("ModifyMonitoredItems", (w) =>
    w
      .uint32(subscription)
      .uint32(2)
      .array([id], () => {
        w.uint32(id);
        parameters(w, item);
      }),
  );
  if (status !== 0) return nameOf(status);
  expect(body.int32()).toBe(1);
  return nameOf(body.uint32());
}

describe("before a channel is open", () => {
  const tails: [string, Buffer][] = [
    ["eight octets of zero", Buffer.alloc(8)],
    ["a chunk smaller than its header", framed("MSGF", Buffer.alloc(4), 7)],
    ["a chunk larger than any", framed("MSGF", Buffer.alloc(20), 0x7fff_ffff)],
    ["a chunk of a size with its highest bit", framed("OPNF", Buffer.alloc(20), 0xffff_ffff)],
    ["an unknown type", framed("XYZF", Buffer.alloc(20))],
    ["an empty OpenSecureChannel", framed("OPNF", Buffer.alloc(0))],
    ["OpenSecureChannel with a policy longer than it is", framed("OPNF", Buffer.alloc(40, 0x7f))],
    ["a message", framed("MSGF", Buffer.alloc(40))],
    ["an Error", framed("ERRF", Buffer.alloc(12))],
    ["garbage", Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 89) % 256))],
  ];
  const urls: [string, () => string][] = [
    ["a server", () => server.endpointUrl],
    ["a secure server", () => secured.endpointUrl],
    ["the discovery server", () => directory.endpointUrl],
  ];
  for (const [whom, url] of urls) {
    test.each(tails)(
      `${whom} that is sent Hello and %s in one segment ends that connection`,
      async (_what, tail) => {
        const client = await connected(url());
        client.write(Buffer.concat([client.helloOctets(), tail]));
        await client.closed;
        expect(await serves()).toBe(true);
      },
    );
  }

  test("Hello and OpenSecureChannel in one segment are two messages", async () => {
    const client = await connected();
    await client.helloWithChannel();
    expect((await client.createSession()).status).toBe(0);
  });
});

test.each<[string, RawNodeId | Buffer, string]>([
  ["an opaque type", { ns: 0, opaque: Buffer.from("abc") }, "BadDecodingError"],
  ["a type that is a GUID", { ns: 0, guid: Buffer.alloc(16) }, "BadDecodingError"],
  ["a type that is text", { ns: 0, s: "ReadRequest" }, "BadDecodingError"],
  ["no whole type", Buffer.from([3, 0, 0, 255, 255, 255, 127]), "BadDecodingError"],
  ["nothing at all", Buffer.alloc(0), "BadDecodingError"],
  ["a type that does not exist", ns0(99_999), "BadServiceUnsupported"],
  ["a type of another namespace", { ns: 7, i: 631 }, "BadServiceUnsupported"],
])("a message with %s is answered", async (_what, type, expected) => {
  const client = await session();
  const parts = Buffer.isBuffer(type)
    ? type
    : Buffer.concat([new Writer().nodeId(type).octets, Buffer.alloc(60)]);
  expect(await statusOf(client.send(parts))).toBe(expected);
  expect((await read(client, SERVER_STATE)).status).toBe(0);
});

test("a response and a structure in place of a request are answered", async () => {
  const client = await session();
  const READ_RESPONSE = 634;
  const header = new Writer()
    .nodeId(ns0(READ_RESPONSE))
    .int64(0n)
    .uint32(1)
    .uint32(0)
    .byte(0)
    .int32(-1)
    .noExtension();
  expect(await statusOf(client.send(header.int32(-1).int32(-1).octets))).toBe("BadServiceUnsupported");
  const ARGUMENT = 298;
  const argument = new Writer().nodeId(ns0(ARGUMENT)).string("x").nodeId(ns0(1)).int32(-1).int32(-1).byte(0);
  expect(await statusOf(client.send(argument.octets))).toBe("BadServiceUnsupported");
});

test.each<[string, (w: Writer) => void]>([
  ["is cut off", (w) => w.double(0).uint32(0).int32(5)],
  ["has an array longer than any message", (w) => w.double(0).uint32(0).int32(0x7fff_ffff)],
  [
    "has a text longer than the message",
    (w) => w.double(0).uint32(0).int32(1).nodeId({ ns: 1, s: "x" }).uint32(13).int32(9999),
  ],
])("a request that %s is answered with its own handle", async (_what, write) => {
  const client = await session();
  const body = client.body("Read", write);
  const answer = await client.send(body);
  expect([nameOf(answer.status), answer.typeId]).toEqual(["BadDecodingError", SERVICE_FAULT]);
  expect(answer.requestHandle).toBeGreaterThan(0);
});

test("a request larger than 4 MiB is refused without being decoded", async () => {
  const client = await session();
  const body = client.body("Read", (w) =>
    w
      .double(0)
      .uint32(0)
      .raw(Buffer.alloc(4 * 1024 * 1024)),
  );
  expect(await statusOf(client.send(body))).toBe("BadRequestTooLarge");
});

test.each([
  Buffer.alloc(1),
  Buffer.from("3082ffff", "hex"),
  Buffer.alloc(100, 0x30),
  Buffer.from("308200053082000100", "hex"),
])("CreateSession with a certificate that is no whole DER: %#", async (certificate) => {
  const client = await connected();
  await client.hello();
  await client.openChannel();
  expect(nameOf((await client.createSession(certificate)).status)).toBe("BadCertificateInvalid");
  expect((await client.createSession()).status).toBe(0);
});

describe("a monitored item", () => {
  test.each([NaN, Infinity, -Infinity, -7, 1e308, 0, 1e-300])(
    "may ask for an interval of %d",
    async (interval_ms) => {
      const client = await session();
      const subscription = await subscribed(client);
      const [status, id] = await created(client, subscription, { node: CURRENT_TIME, interval_ms });
      expect(status).toBe("Good");
      expect(await modified(client, subscription, id, { node: CURRENT_TIME, interval_ms })).toBe("Good");
    },
  );

  /** Arguments of Methods, and properties of the server, of which none says how fast it may be sampled. */
  test.each([11_493, 11_494, 3876, 2271, 2255])("may ask for the fastest rate of i=%i", async (node) => {
    const client = await session();
    const subscription = await subscribed(client);
    const [status] = await created(client, subscription, { node: ns0(node), interval_ms: 0 });
    expect(status).toBe("Good");
  });

  const EVENTS = 12;
  const structure = (type: number) => (w: Writer) =>
    void w.extension(ns0(type), (body) => body.uint32(0).uint32(0).double(0));
  const [DATA_CHANGE, EVENT, AGGREGATE, ELEMENT_OPERAND, ARGUMENT, UNKNOWN] = [
    724, 727, 730, 594, 298, 12_345,
  ];

  test.each([
    [EVENT, "BadFilterNotAllowed"],
    [AGGREGATE, "BadMonitoredItemFilterUnsupported"],
    [ELEMENT_OPERAND, "BadMonitoredItemFilterUnsupported"],
    [ARGUMENT, "BadMonitoredItemFilterUnsupported"],
    [UNKNOWN, "BadMonitoredItemFilterUnsupported"],
  ])("on a value cannot have a filter of type i=%i, when it is made and later", async (type, expected) => {
    const client = await session();
    const subscription = await subscribed(client);
    const filter = structure(type);
    expect((await created(client, subscription, { node: CURRENT_TIME, filter }))[0]).toBe(expected);
    const [, id] = await created(client, subscription, { node: CURRENT_TIME });
    expect(await modified(client, subscription, id, { node: CURRENT_TIME, filter })).toBe(expected);
  });

  test.each([DATA_CHANGE, AGGREGATE, ELEMENT_OPERAND, ARGUMENT, UNKNOWN])(
    "on events cannot have a filter of type i=%i, nor none",
    async (type) => {
      const client = await session();
      const subscription = await subscribed(client);
      const item = { node: SERVER, attribute: EVENTS };
      expect(await created(client, subscription, { ...item, filter: structure(type) })).toEqual([
        "BadMonitoredItemFilterInvalid",
        0,
      ]);
      expect((await created(client, subscription, item))[0]).toBe("BadEventFilterInvalid");
    },
  );

  const selecting = (type: number) => (w: Writer) =>
    void w.extension(ns0(EVENT), (f) => {
      f.array([0], () =>
        f
          .nodeId(ns0(type))
          .array(["EventId"], (name) => f.qualifiedName(0, name))
          .uint32(13)
          .string(null),
      );
      f.int32(0);
    });
  test.each([58, 62, 24, 2253, 77_777])(
    "cannot select a field of i=%i, which is no event type",
    async (type) => {
      const client = await session();
      const subscription = await subscribed(client);
      const item = { node: SERVER, attribute: EVENTS };
      expect((await created(client, subscription, { ...item, filter: selecting(type) }))[0]).toBe(
        "BadEventFilterInvalid",
      );
      const [status, id] = await created(client, subscription, { ...item, filter: selecting(2041) });
      expect(status).toBe("Good");
      expect(await modified(client, subscription, id, { ...item, filter: selecting(type) })).toBe(
        "BadEventFilterInvalid",
      );
    },
  );

  /** Elements of which each refers twice to the next one: 2 to the power of their number evaluations. */
  const doubling =
    (count: number, operator = 11) =>
    (w: Writer) =>
      void w.extension(ns0(EVENT), (f) => {
        f.array([0], () =>
          f
            .nodeId(ns0(2041))
            .array(["EventId"], (name) => f.qualifiedName(0, name))
            .uint32(13)
            .string(null),
        );
        f.array([...Array(count).keys()], (i) => {
          const isLast = i === count - 1;
          f.uint32(isLast ? 0 : operator).array([1, 2], () =>
            isLast
              ? f.extension(ns0(597), (o) => o.variant(6, () => o.int32(1)))
              : f.extension(ns0(ELEMENT_OPERAND), (o) => o.uint32(i + 1)),
          );
        });
      });
  test.each([
    [41, 11, "BadEventFilterInvalid"],
    [41, 12, "BadEventFilterInvalid"],
    [20, 0, "BadEventFilterInvalid"],
    [5, 11, "Good"],
  ])("with a filter of %i elements of operator %i: %s", async (count, operator, expected) => {
    const client = await session();
    const subscription = await subscribed(client);
    const item = { node: SERVER, attribute: EVENTS, filter: doubling(count, operator) };
    expect((await created(client, subscription, item))[0]).toBe(expected);
  });

  test.each([0, 28, 99, 0xffff_ffff])("on attribute %i is refused", async (attribute) => {
    const client = await session();
    const item = { node: CURRENT_TIME, attribute };
    expect((await created(client, await subscribed(client), item))[0]).toBe("BadAttributeIdInvalid");
  });

  const RANGES = [
    ":",
    "1:",
    ":1",
    "1,",
    ",",
    "0:1,",
    ",0",
    "5:1",
    "a",
    "-1",
    "1:2:3",
    " ",
    "0:99999999999999999999",
  ];
  test.each(RANGES)("and a read with the index range %j are refused", async (range) => {
    const client = await session();
    const item = { node: SERVER_ARRAY, range };
    expect((await created(client, await subscribed(client), item))[0]).toBe("BadIndexRangeInvalid");
    const { body } = await read(client, SERVER_ARRAY, range);
    expect([body.int32(), body.byte() & 3, nameOf(body.uint32())]).toEqual([1, 2, "BadIndexRangeInvalid"]);
  });

  test.each([StatusCodes.BadSensorFailure.value, StatusCodes.UncertainLastUsableValue.value])(
    "goes on when its queue of two overflows while a value of status %i is at its front",
    async (code) => {
      const [client, witness] = [await session(), await session()];
      const node: RawNodeId = { ns: await unitNamespace(client), s: "cnc-01/spindle-speed" };
      const [subscription, seen] = [await subscribed(client), await subscribed(witness)];
      expect((await created(client, subscription, { node, queue: 2 }))[0]).toBe("Good");
      expect((await created(witness, seen, { node, queue: 100 }))[0]).toBe("Good");
      // Items of one interval are sampled together: what the witness is told the other has sampled as well.
      const sampled = async (change: () => void): Promise<void> => {
        change();
        await notified(witness);
      };
      await notified(witness);
      const faults = server.counters().faults;
      await sampled(() => turns(100));
      let end = (): void => undefined;
      await sampled(() => (end = server.disturb({ status: { signal: "spindle-speed", code } })));
      await sampled(end);
      await sampled(() => turns(200));
      await sampled(() => turns(300));
      expect(await notified(client)).toBe(2);
      await sampled(() => turns(400));
      expect(await notified(client)).toBe(1);
      expect(server.counters().faults).toBe(faults);
    },
  );
});

/** The machine's next tick, with its spindle at this speed. */
function turns(speed: number): void {
  const SPINDLE_SPEED = 6;
  plant.emit(
    "cnc-01",
    "motion",
    MOTION.map((value, i) => (i === SPINDLE_SPEED ? speed : value)),
  );
}

async function unitNamespace(client: RawClient): Promise<number> {
  const { body } = await read(client, ns0(2255));
  body.skip(4 + 1 + 1);
  return Array.from({ length: body.int32() }, () => body.string()).indexOf("urn:taktwerk:unit");
}

/** Publishes until there is a data change. @returns the number of values in it */
async function notified(client: RawClient): Promise<number> {
  for (;;) {
    const { status, body } = await client.ask("Publish", (w) => w.int32(0));
    expect(status).toBe(0);
    body.skip(4);
    for (let left = body.int32(); left > 0; left--) body.skip(4);
    // More notifications, sequence number, publish time; then the notifications as structures.
    body.skip(1 + 4 + 8);
    if (body.int32() < 1) continue;
    body.nodeId();
    body.skip(1 + 4);
    return body.int32();
  }
}

describe("what one request costs", () => {
  test("a Browse of the same large node again and again ends at 20,000 references", async () => {
    const client = await session();
    const BASE_OBJECT_TYPE = ns0(58);
    const { status, body } = await client.ask("Browse", (w) =>
      w
        .nodeId(NULL_NODE)
        .int64(0n)
        .uint32(0)
        .uint32(0)
        .array(Array(9999).fill(BASE_OBJECT_TYPE), (node: RawNodeId) => {
          w.nodeId(node).uint32(2).nodeId(NULL_NODE).boolean(true).uint32(0).uint32(0);
        }),
    );
    expect(status).toBe(0);
    expect(body.int32()).toBe(9999);
    expect(body.left).toBeLessThan(2_000_000);
  });

  test("a Read of the type dictionary again and again ends at 8 MiB", async () => {
    const client = await session();
    const DICTIONARY = ns0(7617);
    const { status, body } = await client.ask("Read", (w) =>
      w
        .double(0)
        .uint32(2)
        .array(Array(10_000).fill(DICTIONARY), (node: RawNodeId) => readValue(w, node)),
    );
    expect(status).toBe(0);
    expect(body.int32()).toBe(10_000);
    expect(body.left).toBeLessThan(10 * 1024 * 1024);
  });

  test("a path that leads there and back by two references is followed once", async () => {
    const client = await session();
    const [HIERARCHICAL, FOLDER] = [ns0(33), ns0(84)];
    const path = [...Array(50).keys()];
    const answer = await client.ask("TranslateBrowsePaths", (w) =>
      w.array([0], () =>
        w.nodeId(FOLDER).array(path, (i) => {
          w.nodeId(HIERARCHICAL)
            .boolean(i % 2 === 1)
            .boolean(true)
            .qualifiedName(0, i % 2 === 1 ? "Root" : "Objects");
        }),
      ),
    );
    expect([answer.status, answer.body.int32(), nameOf(answer.body.uint32()), answer.body.int32()]).toEqual([
      0,
      1,
      "Good",
      1,
    ]);
  });
});

describe("a client that does not read", () => {
  const DICTIONARY = ns0(7617);
  const largeRead = (client: RawClient): void => {
    const body = client.body("Read", (w) =>
      w
        .double(0)
        .uint32(2)
        .array(Array(30).fill(DICTIONARY), (node: RawNodeId) => readValue(w, node)),
    );
    client.send(body).catch(() => undefined);
  };

  test("loses its connection before its answers fill the memory", async () => {
    const client = await session();
    lines.length = 0;
    client.stopReading();
    for (let i = 0; i < 100; i++) largeRead(client);
    // Others are served meanwhile.
    for (let i = 0; i < 20; i++) expect(await serves()).toBe(true);
    client.readAgain();
    await client.closed;
    expect(lines.join()).toContain("its answers are not read");
  });

  test("is answered whole when it only reads late", async () => {
    const client = await session();
    client.stopReading();
    const answers = Array.from({ length: 3 }, () => read(client, SERVER_STATE));
    expect(await serves()).toBe(true);
    client.readAgain();
    for (const { status } of await Promise.all(answers)) expect(status).toBe(0);
  });
});

test("what peers have caused is counted, and told in lines without their control characters", async () => {
  const client = await session();
  const faults = server.counters().faults;
  lines.length = 0;
  await client.send(new Writer().nodeId({ ns: 0, s: "\u001b[2J\nforged" }).octets);
  expect(server.counters().faults).toBe(faults + 1);
  expect(lines.join("")).not.toMatch(/\p{Cc}/u);
});

test("the server still serves", async () => {
  expect(await serves()).toBe(true);
});
