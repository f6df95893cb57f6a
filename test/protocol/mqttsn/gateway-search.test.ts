import { describe, expect, test } from "vitest";
import { Broker } from "../../../src/protocol/mqtt/broker.ts";
import { findGateway } from "../../../src/protocol/mqttsn/gateway-finder.ts";
import { GatewaySearch } from "../../../src/protocol/mqttsn/gateway-search.ts";
import { Gateway } from "../../../src/protocol/mqttsn/gateway.ts";
import { freeUdpPort } from "../../support/free-ports.ts";

const SEARCHGW = { type: "SEARCHGW", radius: 0 } as const;
const ADVERTISE = { type: "ADVERTISE", gwId: 1, duration_s: 100 } as const;
const FROM = "10.0.0.1:1884";
const search = (random = 0.5): GatewaySearch => new GatewaySearch(0, { random: () => random });

/** Times of SEARCHGW up to a moment. */
function searches(by: GatewaySearch, end_ms: number): number[] {
  const times: number[] = [];
  while (by.deadline_ms <= end_ms) {
    const now_ms = by.deadline_ms;
    if (by.wake(now_ms)) times.push(now_ms);
  }
  return times;
}

describe("searching", () => {
  test("begins at a random moment and is repeated ever more rarely, up to a limit", () => {
    expect(searches(search(), 20_000)).toEqual([500, 1_500, 3_500, 7_500, 15_500]);
    const times = searches(search(), 400_000);
    expect(times.at(-1)! - times.at(-2)!).toBe(60_000);
  });

  test("somebody else asks: our own question waits", () => {
    const by = search();
    by.receive(400, SEARCHGW, "10.0.0.9:5");
    expect(searches(by, 2_000)).toEqual([1_400]);
  });

  test("ends when a gateway is known, by its answer or its announcement", () => {
    for (const message of [{ type: "GWINFO", gwId: 1 } as const, ADVERTISE]) {
      const by = search();
      by.receive(10, message, FROM);
      expect(by.gateways).toEqual([{ gwId: 1, address: FROM }]);
      expect(searches(by, 300_000)).toEqual([]);
    }
  });

  test("what a client says of a gateway is not taken", () => {
    const by = search();
    by.receive(10, { type: "GWINFO", gwId: 1, gwAdd: Uint8Array.of(10, 0, 0, 1) }, "10.0.0.9:5");
    expect(by.gateways).toEqual([]);
  });
});

test("a known gateway is forgotten after N_ADV announcements that did not come, and searched for again", () => {
  const by = search();
  by.receive(0, ADVERTISE, FROM);
  by.receive(100_000, ADVERTISE, FROM);
  expect(searches(by, 449_999)).toEqual([]);
  expect(by.gateways).toHaveLength(1);
  expect(searches(by, 450_500)).toEqual([450_500]);
  expect(by.gateways).toEqual([]);
});

describe("over sockets", () => {
  const group = "239.255.84.85";
  const options = { group, host: "127.0.0.1", random: () => 0.01 };

  test("a gateway that answers in its group is found at the address that it serves", async () => {
    const broker = new Broker({ port: 0 });
    await broker.start();
    const port = await freeUdpPort();
    const gateway = new Gateway({ port: 0, broker: broker.url, beacon: { group, port, every_s: 900 } });
    await gateway.start();
    expect(await findGateway({ ...options, port, deadline_ms: 20_000 })).toEqual({
      host: "127.0.0.1",
      port: gateway.port,
    });
    await gateway.stop();
    await broker.stop();
  });

  test("none there: a coded error that names the group", async () => {
    const port = await freeUdpPort();
    await expect(findGateway({ ...options, port, deadline_ms: 30 })).rejects.toMatchObject({
      code: "gateway-unreachable",
      message: `no MQTT-SN gateway answers in the group ${group}:${port} on 127.0.0.1`,
    });
  });
});
