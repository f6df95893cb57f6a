import { connect, type Socket } from "node:net";
import { once } from "node:events";
import mqtt from "mqtt";
import { expect, test, vi } from "vitest";
import { Broker } from "../../../src/protocol/mqtt/broker.ts";
import { North } from "../../support/north.ts";

test("the broker passes messages on, counts them, and shuts down with clients and strangers connected", async () => {
  const broker = new Broker({ port: 0 });
  await broker.start();
  const north = await North.subscribe(broker.url);
  const stranger: Socket = connect(broker.port, "127.0.0.1");
  await once(stranger, "connect");
  const publisher = await mqtt.connectAsync(broker.url, { protocolVersion: 4, reconnectPeriod: 0 });
  await publisher.publishAsync("a/b", "hello", { qos: 1 });
  expect(await north.take(1)).toEqual([{ topic: "a/b", payload: "hello" }]);
  // The library hands a message on before it says so.
  const counted = { clients: 2, connects: 2, published: 1, clientErrors: 0 };
  await vi.waitFor(() => expect(broker.counters()).toMatchObject(counted), 30_000);
  const ended = once(stranger, "close");
  await broker.stop();
  await ended;
  await north.end();
  await publisher.endAsync(true);
  await broker.stop();
});

test("garbage is counted and survived", async () => {
  const broker = new Broker({ port: 0 });
  await broker.start();
  const stranger = connect(broker.port, "127.0.0.1").on("error", () => undefined);
  stranger.end(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
  await once(stranger.resume(), "close");
  const north = await North.subscribe(broker.url);
  expect(broker.counters().clientErrors).toBe(1);
  await north.end();
  await broker.stop();
});

test("a port in use is a coded error that names it, and leaves nothing open", async () => {
  const first = new Broker({ port: 0 });
  await first.start();
  const second = new Broker({ port: first.port });
  await expect(second.start()).rejects.toMatchObject({
    code: "port-in-use",
    message: `TCP 127.0.0.1:${first.port} is in use`,
  });
  await first.stop();
  await second.start();
  expect(second.url).toBe(`mqtt://127.0.0.1:${second.port}`);
  await second.stop();
});

test("an address that is not this machine's cannot be bound", async () => {
  const broker = new Broker({ host: "192.0.2.1", port: 0 });
  await expect(broker.start()).rejects.toMatchObject({ code: "bind-failed" });
});
