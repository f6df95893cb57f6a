/** Connections that end, stall or lie in the middle of a handshake: the server serves whoever comes next. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import { AttributeIds, OPCUAClient } from "node-opcua";
import { afterAll, beforeAll, expect, test } from "vitest";

import { UnitServer } from "../../src/protocol/opcua/unit-server.ts";
import { emitAll, fakeCnc } from "../support/fake-cnc.ts";
import { FakePlant } from "../support/fake-plant.ts";
import { TcpTap } from "../support/tcp-tap.ts";

const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-handshake-"));
const plant = new FakePlant([fakeCnc("cnc-01")]);
const server = new UnitServer(plant, plant.units[0]!, {
  port: 0,
  security: ["none"],
  pkiFolder: folder,
  warn: () => undefined,
});
/** What a client of the library sends on its way to a session, piece by piece */
let conversation: Buffer[];

beforeAll(async () => {
  emitAll(plant, "cnc-01");
  await server.start();
  const tap = new TcpTap(Number(port()));
  await serves(`opc.tcp://127.0.0.1:${await tap.open()}`);
  conversation = tap.fromClient();
  tap.close();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const port = (): string => server.endpointUrl.split(":").at(-1)!;

/** A client comes, reads the server's state and goes. */
async function serves(url = server.endpointUrl): Promise<boolean> {
  const client = OPCUAClient.create({ connectionStrategy: { maxRetry: 0 }, endpointMustExist: false });
  await client.connect(url);
  const session = await client.createSession();
  const state = await session.read({ nodeId: "i=2259", attributeId: AttributeIds.Value });
  await session.close();
  await client.disconnect();
  return state.statusCode.name === "Good" && state.value.value === 0;
}

async function open(): Promise<Socket> {
  const socket = connect(Number(port()), "127.0.0.1");
  socket.on("error", () => undefined); // being thrown out is what it comes for
  await once(socket, "connect");
  return socket;
}

/** Says the first `count` pieces as the client did, each when the one before was answered. @returns the next one */
async function say(socket: Socket, count: number): Promise<Buffer> {
  let channelId = 0;
  // From the answer to OpenSecureChannel on, messages name their channel, OPC 10000-6, 6.7.2.
  const ofChannel = (piece: Buffer, i: number): Buffer => {
    const own = Buffer.from(piece);
    if (i > 1) own.writeUInt32LE(channelId, 8);
    return own;
  };
  for (const [i, piece] of conversation.slice(0, count).entries()) {
    const answered = once(socket, "data") as Promise<[Buffer]>;
    socket.write(ofChannel(piece, i));
    const [answer] = await answered;
    expect(answer.toString("latin1", 0, 3)).not.toBe("ERR");
    if (i === 1) channelId = answer.readUInt32LE(8);
  }
  return ofChannel(conversation[count]!, count);
}

/** Hello, OpenSecureChannel, GetEndpoints, CreateSession */
const PIECES = 4;

test.each(Array.from({ length: PIECES }, (_, i) => [i]))(
  "a client that is killed after %i answers, in the middle of what it says next",
  async (count) => {
    for (let i = 0; i < 5; i++) {
      const socket = await open();
      const next = await say(socket, count);
      socket.write(next.subarray(0, next.length >> 1));
      socket.resetAndDestroy();
    }
    expect(await serves()).toBe(true);
  },
);

const header = (type: string, size: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.write(type, "latin1");
  bytes.writeUInt32LE(size, 4);
  return bytes;
};

test.each<[string, number, Buffer]>([
  ["garbage", 1, Buffer.from(Array.from({ length: 600 }, (_, i) => (i * 89) % 256))],
  ["a second Hello", 1, header("HELF", 32)],
  ["a channel larger than any", 1, Buffer.concat([header("OPNF", 0xffff_fff0), Buffer.alloc(4096)])],
  ["a message larger than any", 2, Buffer.concat([header("MSGF", 0x7fff_ffff), Buffer.alloc(4096, 1)])],
  ["a message of a channel that is not there", 2, Buffer.concat([header("MSGF", 64), Buffer.alloc(56, 7)])],
  [
    "chunks without end",
    2,
    Buffer.concat(Array.from({ length: 200 }, () => Buffer.concat([header("MSGC", 64), Buffer.alloc(56)]))),
  ],
])("%s, after %i answers", async (_what, count, bytes) => {
  const socket = await open();
  await say(socket, count);
  const closed = once(socket, "close");
  socket.resume();
  socket.end(bytes);
  await closed;
  expect(await serves()).toBe(true);
});
