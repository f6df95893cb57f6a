import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { decode, encode } from "../../../src/protocol/mqttsn/codec/codec.ts";
import { Forwarder } from "../../../src/protocol/mqttsn/forwarder.ts";
import { UdpTransport } from "../../../src/protocol/mqttsn/transport.ts";

const PING = encode({ type: "PINGREQ" });

let peer: Socket;

beforeEach(async () => {
  peer = createSocket("udp4").bind(0, "127.0.0.1");
  await once(peer, "listening");
});

afterEach(async () => {
  await new Promise<void>((resolve) => peer.close(resolve));
});

test("a source address of one's own has ports of its own", async () => {
  const transport = new UdpTransport("127.0.0.1", peer.address().port, "127.0.0.2");
  await transport.open(() => undefined);
  const heard = once(peer, "message") as Promise<[Buffer, RemoteInfo]>;
  transport.send(PING);
  expect((await heard)[1].address).toBe("127.0.0.2");
  await transport.close();
});

test("an address that is not this machine's is a coded error", async () => {
  const transport = new UdpTransport("127.0.0.1", peer.address().port, "192.0.2.1");
  await expect(transport.open(() => undefined)).rejects.toMatchObject({ code: "bind-failed" });
});

test("devices behind a forwarder share its socket, and each hears what is for it", async () => {
  const sources = new Set<number>();
  peer.on("message", (datagram, from) => {
    sources.add(from.port);
    const decoded = decode(datagram);
    if (!decoded.ok || decoded.message.type !== "ENCAPSULATED") throw new Error("not wrapped");
    // Answered to the other one of the two.
    const other = Buffer.from(decoded.message.wirelessNodeId).toString() === "a" ? "b" : "a";
    peer.send(encode({ ...decoded.message, wirelessNodeId: Buffer.from(other) }), from.port, from.address);
    peer.send(PING, from.port, from.address);
  });
  const forwarder = new Forwarder("127.0.0.1", peer.address().port);
  const nodes = ["a", "b"].map((node) => forwarder.transport(node));
  const heard: Promise<string>[] = [];
  for (const node of nodes) {
    await new Promise<void>((opened) => {
      heard.push(
        new Promise((resolve) => {
          void node.open((datagram) => resolve(Buffer.from(datagram).toString("hex"))).then(opened);
        }),
      );
    });
  }
  for (const node of nodes) node.send(PING);
  expect(await Promise.all(heard)).toEqual(["0216", "0216"]);
  expect(sources.size).toBe(1);
  expect(nodes.map(({ counters }) => counters.datagramsSent)).toEqual([1, 1]);
  await Promise.all(nodes.map((node) => node.close()));
  expect(forwarder.unknown).toBeGreaterThan(0);
  nodes[0]!.send(PING);
  expect(nodes[0]!.counters.datagramsSent).toBe(1);
});
