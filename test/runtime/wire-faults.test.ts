/** When faults on the wire come and go, moved by hand. */
import { describe, expect, test } from "vitest";
import type { OpcUaEndpoint } from "../../src/fault/opcua/opcua-endpoint.ts";
import type { ScheduledWireFault } from "../../src/fault/wire-fault-window.ts";
import { WireFaults, type WireTarget } from "../../src/runtime/wire-faults.ts";

const BASE = { family: "opcua", for_s: undefined, every_s: undefined, parameters: {} } as const;
const DOWN: ScheduledWireFault = { ...BASE, id: "down", kind: "server-down", at_s: 10, for_s: 5 };

/** A server that writes down what is done to it. */
class FakeServer implements OpcUaEndpoint {
  readonly done: string[] = [];
  isBroken = false;
  /** What a take-down waits for. */
  gate: Promise<void> = Promise.resolve();

  async takeDown(): Promise<() => Promise<void>> {
    await this.gate;
    if (this.isBroken) throw new Error("it is nailed down");
    this.done.push("down");
    return async () => void this.done.push("up");
  }

  dropSessions(): number {
    return this.done.push("drop sessions");
  }

  dropSubscriptions(): number {
    return this.done.push("drop subscriptions");
  }

  dropConnections(): void {
    this.done.push("drop connections");
  }

  disturb(): () => void {
    this.done.push("disturb");
    return () => void this.done.push("leave");
  }

  async showCertificate(): Promise<() => void> {
    return this.disturb();
  }
}

/** Units with a server each, or all on one. */
function plant(faults: Record<string, readonly ScheduledWireFault[]>, shared?: FakeServer) {
  const units = Object.keys(faults);
  const servers = new Map(units.map((unit) => [unit, shared ?? new FakeServer()]));
  const targets = new Map(
    units.map((unit): [string, WireTarget] => {
      const target = { name: unit, units: [unit], endpoint: servers.get(unit)! };
      return [unit, shared ? { ...target, name: "plant", units } : target];
    }),
  );
  const lines: string[] = [];
  const wireFaults = new WireFaults(
    units.map((name) => ({ name, wireFaults: faults[name]! })),
    (family, unit) => (family === "opcua" ? targets.get(unit) : undefined),
    (line) => lines.push(line),
  );
  return { wireFaults, server: (unit: string) => servers.get(unit)!, lines };
}

/** Until all that was begun has been carried out. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a fault of the scenario", () => {
  test("begins and ends when plant time has come to it, and its window says when", async () => {
    const { wireFaults, server, lines } = plant({ a: [DOWN], b: [] });
    expect(wireFaults.next_s).toBe(10);
    wireFaults.advance(9.999);
    await settle();
    expect(server("a").done).toEqual([]);
    const before_ms = Date.now();
    wireFaults.advance(10);
    await settle();
    expect([server("a").done, wireFaults.next_s]).toEqual([["down"], 15]);
    expect(wireFaults.windows).toMatchObject([{ unit: "a", id: "down", from_s: 10, until_s: undefined }]);
    wireFaults.advance(15);
    await settle();
    expect([server("a").done, server("b").done]).toEqual([["down", "up"], []]);
    expect(wireFaults.next_s).toBe(Infinity);
    const [window, ...others] = wireFaults.windows;
    expect(others).toEqual([]);
    expect(window).toMatchObject({
      ...{ unit: "a", id: "down", kind: "server-down", family: "opcua", endpoint: "a", parameters: {} },
      ...{ from_s: 10, until_s: 15, failure: undefined },
    });
    expect(window!.causes).toMatch(/Connections break/);
    expect(window!.began_ms).toBeGreaterThanOrEqual(before_ms);
    expect(window!.ended_ms).toBeGreaterThanOrEqual(window!.began_ms!);
    expect(lines).toEqual(["fault down: server-down on a", "fault down is over"]);
  });

  test("comes over and over at whole multiples, also when nobody looks for a while", async () => {
    const often = { ...DOWN, every_s: 20 };
    const { wireFaults, server } = plant({ a: [often] });
    wireFaults.advance(55);
    await settle();
    expect(server("a").done).toEqual(["down", "up", "down", "up", "down", "up"]);
    expect(wireFaults.windows.map(({ id, from_s, until_s }) => [id, from_s, until_s])).toEqual([
      ["down#1", 10, 15],
      ["down#2", 30, 35],
      ["down#3", 50, 55],
    ]);
  });

  test("that is over at once has a window without a length", async () => {
    const kill = { ...BASE, id: "kill", kind: "session-kill", at_s: 3, for_s: 0 } as const;
    const { wireFaults, server } = plant({ a: [kill] });
    wireFaults.advance(3);
    await settle();
    expect(server("a").done).toEqual(["drop sessions"]);
    expect(wireFaults.windows).toMatchObject([{ from_s: 3, until_s: 3, ended_ms: expect.any(Number) }]);
  });

  test("hits a server that units share once, and each of them has its window", async () => {
    const shared = new FakeServer();
    const { wireFaults } = plant({ a: [DOWN], b: [DOWN], c: [] }, shared);
    wireFaults.advance(20);
    await settle();
    expect(shared.done).toEqual(["down", "up"]);
    expect(wireFaults.windows.map(({ unit, endpoint }) => [unit, endpoint])).toEqual([
      ["a", "plant"],
      ["b", "plant"],
      ["c", "plant"],
    ]);
  });

  test("that cannot be carried out is told, and stands in its window", async () => {
    const { wireFaults, server, lines } = plant({ a: [DOWN] });
    server("a").isBroken = true;
    wireFaults.advance(20);
    await settle();
    expect(lines.at(-1)).toBe("fault down: server-down failed on a: it is nailed down");
    expect(wireFaults.windows).toMatchObject([{ failure: "it is nailed down", began_ms: undefined }]);
  });

  test("ends only when its begin has been carried out, however long that takes", async () => {
    const { wireFaults, server } = plant({ a: [DOWN] });
    let open = (): void => undefined;
    server("a").gate = new Promise((resolve) => (open = resolve));
    wireFaults.advance(20);
    await settle();
    expect(server("a").done).toEqual([]);
    open();
    await settle();
    expect(server("a").done).toEqual(["down", "up"]);
  });

  test("that lasts to the end is left open", async () => {
    const { wireFaults } = plant({ a: [{ ...DOWN, for_s: undefined }] });
    wireFaults.advance(20);
    await wireFaults.finish();
    expect(wireFaults.windows).toMatchObject([{ until_s: undefined, ended_ms: undefined }]);
    expect(wireFaults.next_s).toBe(Infinity);
  });
});

describe("a fault by hand", () => {
  const order = (fault: string, given = {}) => ({ id: "mine", fault, with: given });

  test("is there until it is cleared", async () => {
    const { wireFaults, server } = plant({ a: [] });
    expect(await wireFaults.begin("a", order("slow-answers", { delay_ms: 10 }), 7)).toEqual({ done: true });
    expect(server("a").done).toEqual(["disturb"]);
    expect(await wireFaults.clear("a", "mine", 9)).toEqual({ done: true });
    expect(server("a").done).toEqual(["disturb", "leave"]);
    expect(wireFaults.windows).toMatchObject([{ id: "mine", from_s: 7, until_s: 9 }]);
  });

  test("ends by itself when it was given a time, and not once more when it was cleared before", async () => {
    const { wireFaults, server } = plant({ a: [] });
    await wireFaults.begin("a", { ...order("server-down"), for_s: 5 }, 7);
    expect(wireFaults.next_s).toBe(12);
    expect(wireFaults.windows).toMatchObject([{ from_s: 7, ends_s: 12, until_s: undefined }]);
    wireFaults.advance(12);
    await settle();
    expect(server("a").done).toEqual(["down", "up"]);
    await wireFaults.begin("a", { ...order("server-down"), for_s: 5 }, 20);
    await wireFaults.clear("a", "mine", 21);
    wireFaults.advance(30);
    await settle();
    expect(server("a").done).toEqual(["down", "up", "down", "up"]);
    expect(wireFaults.windows.map(({ until_s }) => until_s)).toEqual([12, 21]);
  });

  test("clears one of the scenario too, which then ends once", async () => {
    const { wireFaults, server } = plant({ a: [DOWN] });
    wireFaults.advance(10);
    expect(await wireFaults.clear("a", "down", 12)).toEqual({ done: true });
    wireFaults.advance(20);
    await settle();
    expect(server("a").done).toEqual(["down", "up"]);
    expect(wireFaults.windows).toMatchObject([{ from_s: 10, until_s: 12 }]);
  });

  test.each([
    ["a kind that there is not", order("server-dawn"), /there is no fault "server-dawn".*"server-down"/],
    ["a parameter that cannot be", order("slow-answers", { delay_ms: -1 }), /"with" of slow-answers/],
    ["a time that is none", { ...order("server-down"), for_s: 0 }, /cannot last for 0 s/],
    ["a time of what is over at once", { ...order("session-kill"), for_s: 1 }, /is over at once/],
    ["a unit without such an endpoint", order("partition"), /a has no endpoint for partition/],
  ])("is refused for %s", async (_what, wrong, reason) => {
    const { wireFaults } = plant({ a: [] });
    expect(await wireFaults.begin("a", wrong, 0)).toMatchObject({
      done: false,
      reason: expect.stringMatching(reason) as string,
    });
    expect(wireFaults.windows).toEqual([]);
  });

  test("is refused for an id that is there, and for a clearing of one that is not", async () => {
    const { wireFaults, server } = plant({ a: [] });
    await wireFaults.begin("a", order("server-down"), 0);
    expect(await wireFaults.begin("a", order("sessions-refused"), 1)).toMatchObject({ done: false });
    expect(await wireFaults.clear("a", "yours", 1)).toMatchObject({ done: false });
    server("a").isBroken = true;
    const second = { ...order("server-down"), id: "second" };
    expect(await wireFaults.begin("a", second, 2)).toEqual({ done: false, reason: "it is nailed down" });
  });
});
