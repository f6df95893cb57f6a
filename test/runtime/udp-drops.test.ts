/** Which messages at QoS 0 a kernel may have dropped, read from tables like those of Linux. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { isOfThisMachine, UdpDrops } from "../../src/runtime/udp-drops.ts";

const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-drops-"));
afterAll(() => rmSync(folder, { recursive: true }));

const [GATEWAY_PORT, DEVICE_PORT, OTHER_PORT] = [1884, 40_001, 1885];
const HEAD =
  "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";

interface Socket {
  readonly local: number;
  readonly remote?: number;
  readonly inode: number;
  readonly drops: number;
}

const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, "0");

function tableOf(sockets: readonly Socket[]): string {
  const rows = sockets.map(
    ({ local, remote = 0, inode, drops }, i) =>
      `${i}: 0100007F:${hex(local)} 0100007F:${hex(remote)} 07 00000000:00000000 00:00000000 00000000 0 0 ${inode} 2 0000000000000000 ${drops}`,
  );
  return [HEAD, ...rows, ""].join("\n");
}

/** A kernel whose table can be changed. */
class Kernel {
  readonly #file = path.join(folder, `udp-${Math.random()}`);
  readonly drops: UdpDrops;

  constructor(sockets: readonly Socket[]) {
    this.has(sockets);
    this.drops = new UdpDrops(new Set([GATEWAY_PORT]), [this.#file]);
    this.drops.start(1000);
    this.drops.stop();
  }

  has(sockets: readonly Socket[]): void {
    writeFileSync(this.#file, tableOf(sockets));
  }
}

const gateway = (drops: number, inode = 1): Socket => ({ local: GATEWAY_PORT, inode, drops });
const device = (drops: number): Socket => ({ local: DEVICE_PORT, remote: GATEWAY_PORT, inode: 2, drops });

describe("a loss between devices and a gateway on one machine", () => {
  test("is the gateway's while no counter moves, whatever was dropped before", () => {
    const kernel = new Kernel([gateway(7), device(3)]);
    kernel.drops.look(1500);
    expect(kernel.drops.isClean(1000, 1500)).toBe(true);
  });

  test.each([
    ["the gateway's socket", [gateway(8), device(3)]],
    ["a device's socket", [gateway(7), device(4)]],
  ])("is in doubt between two looks in which the counter of %s moved", (_whose, sockets) => {
    const kernel = new Kernel([gateway(7), device(3)]);
    kernel.drops.look(1500);
    kernel.has(sockets);
    kernel.drops.look(2000);
    kernel.drops.look(2500);
    const asked = [
      [1000, 1499],
      [1400, 1600],
      [1700, 1800],
      [2001, 2400],
    ] as const;
    expect(asked.map(([from_ms, to_ms]) => kernel.drops.isClean(from_ms, to_ms))).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  test("is not in doubt when another program's socket drops", () => {
    const kernel = new Kernel([gateway(0), { local: OTHER_PORT, inode: 9, drops: 0 }]);
    kernel.has([gateway(0), { local: OTHER_PORT, inode: 9, drops: 50 }]);
    kernel.drops.look(1500);
    expect(kernel.drops.isClean(1000, 1500)).toBe(true);
  });

  test("is in doubt until the gateway's socket is seen, and no more when that socket is gone again", () => {
    const kernel = new Kernel([device(0)]);
    kernel.drops.look(1500);
    kernel.has([gateway(0), device(0)]);
    kernel.drops.look(2000);
    kernel.has([device(0)]);
    kernel.drops.look(2500);
    expect(kernel.drops.isClean(1200, 1300)).toBe(false);
    expect(kernel.drops.isClean(2100, 2400)).toBe(true);
  });

  test("of a gateway that was started anew counts from nothing", () => {
    const kernel = new Kernel([gateway(7)]);
    kernel.has([gateway(0, 5)]);
    kernel.drops.look(1500);
    expect(kernel.drops.isClean(1000, 1500)).toBe(true);
    kernel.has([gateway(2, 5)]);
    kernel.drops.look(2000);
    expect(kernel.drops.isClean(1600, 1900)).toBe(false);
  });

  test("is always in doubt where there is no such table", () => {
    const drops = new UdpDrops(new Set([GATEWAY_PORT]), [path.join(folder, "none")]);
    drops.start(1000);
    drops.stop();
    drops.look(1500);
    expect(drops.isClean(1100, 1200)).toBe(false);
  });
});

test("the kernel of this machine is asked for a gateway here and not for one elsewhere", () => {
  expect(["127.0.0.1", "127.9.9.9", "::1", "localhost"].map(isOfThisMachine)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(["192.0.2.1", "gateway.example"].map(isOfThisMachine)).toEqual([false, false]);
});
