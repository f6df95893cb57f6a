/** Faults on the wire from a scenario to whoever is at the other end, and the record of them. */
import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { WireFaultWindow } from "../../src/fault/wire-fault-window.ts";
import { loadCatalog } from "../../src/runtime/files.ts";
import type { RunResult } from "../../src/runtime/result.ts";
import { Run, type RunOptions } from "../../src/runtime/run.ts";
import { planScenario, type Overrides, type Plan } from "../../src/scenario/plan.ts";
import { freeTcpPort, freeUdpPort } from "../support/free-ports.ts";
import { changed, monitor, OpcUaClients, readValue } from "../support/opcua-clients.ts";
import { North } from "../support/north.ts";

const HEAT = "cnc-01/spindle-temperature";
const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-wire-run-"));
const home = process.cwd();
const clients = new OpcUaClients(folder);
const open: { close(): Promise<void> }[] = [];

// Keys and certificates are kept below the working folder.
beforeAll(() => process.chdir(folder));
afterEach(async () => {
  await clients.close();
  for (const it of open.splice(0).reverse()) await it.close();
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

/** Two machines with these endpoints and faults. */
function planned(endpoints: string, faults: string, duration: string, overrides: Overrides = {}): Plan {
  const text = `taktwerk: 1
name: plant
duration: ${duration}
fleet:
  - group: hall
    units:
      - { model: cnc/vmc-3axis-15kw, count: 2, name: "cnc-{n:02}", program: programs/bracket-al }
discovery: false
${endpoints}
faults:
${faults}
`;
  return planScenario("plant.yaml", text, loadCatalog(), overrides);
}

/** A run whose lines can be awaited. */
function start(plan: Plan, options: Partial<RunOptions> = {}) {
  const lines: string[] = [];
  let awake = (): void => undefined;
  const log = (line: string): void => {
    lines.push(line);
    awake();
  };
  const run = new Run(plan, { ...options, log });
  open.push(run);
  const line = async (pattern: RegExp): Promise<void> => {
    while (!lines.some((it) => pattern.test(it))) await new Promise<void>((resolve) => (awake = resolve));
  };
  return { run, line, lines };
}

const windows = ({ faults }: RunResult): WireFaultWindow[] =>
  faults.filter((fault): fault is WireFaultWindow => "family" in fault && "endpoint" in fault);

/** Of the same plant without its wire. */
async function digestOfTwin(plan: (overrides: Overrides) => Plan, duration_s: number): Promise<string> {
  const { run } = start(plan({ endpoints: false, speed: "max", duration_s }));
  await run.start();
  const { digest, faults } = await run.finish();
  expect(faults).toEqual([]);
  return digest;
}

describe("OPC UA", () => {
  const FAULTS = [
    "  - { id: sick, at: 500ms, for: 1s, on: { name: cnc-01 }, fault: bad-status }",
    "  - { id: cut, at: 1800ms, on: opcua, fault: connection-cut }",
  ].join("\n");

  test("a client sees a fault come and go at its plant time, and the plant does not notice", async () => {
    const endpoints = `endpoints: { mqttsn: false, opcua: { port: ${await freeTcpPort(2)} } }`;
    const plan = (overrides: Overrides): Plan => planned(endpoints, FAULTS, "10m", overrides);
    const { run, lines } = start(plan({}));
    await run.start();
    const port = plan({}).units[0]!.opcua!.port;
    const session = await clients.openPatient(`opc.tcp://127.0.0.1:${port}`);
    const back = once(clients.last, "connection_reestablished");
    const item = await monitor(session, HEAT);
    const finished = run.finish();
    const status = async (name: string): Promise<number> => {
      for (;;) if ((await changed(item)).statusCode.name === name) return Date.now();
    };
    const [bad_ms, good_ms] = [await status("BadNoCommunication"), await status("Good")];
    await back;
    run.stop();
    const result = await finished;
    expect(windows(result)).toMatchObject([
      { unit: "cnc-01", id: "sick", kind: "bad-status", family: "opcua", from_s: 0.5, until_s: 1.5 },
      { unit: "cnc-01", id: "cut", from_s: 1.8, until_s: 1.8, endpoint: "cnc-01" },
      { unit: "cnc-02", id: "cut" },
    ]);
    const [sick] = windows(result);
    expect([sick!.began_ms! <= bad_ms, sick!.ended_ms! <= good_ms]).toEqual([true, true]);
    expect(sick!.ended_ms! - sick!.began_ms!).toBeGreaterThan(800);
    expect(lines).toContain("fault sick: bad-status on cnc-01");
    expect(result.digest).toBe(await digestOfTwin(plan, result.plantTime_s));
  });

  test("servers in several processes restart where they are, and units that share one do so together", async () => {
    const faults = "  - { id: restart, at: 300ms, on: { name: cnc-01 }, fault: server-restart }";
    const [port, shared] = [await freeTcpPort(2), await freeTcpPort(2)];
    const spread = start(planned(`endpoints: { mqttsn: false, opcua: { port: ${port} } }`, faults, "1s"), {
      hosts: 2,
    });
    await spread.run.start();
    expect(windows(await spread.run.finish())).toMatchObject([
      { unit: "cnc-01", endpoint: "cnc-01", failure: undefined, ended_ms: expect.any(Number) as number },
    ]);
    const together = start(
      planned(`endpoints: { mqttsn: false, opcua: { port: ${shared}, mode: aggregated } }`, faults, "1s"),
    );
    await together.run.start();
    expect(windows(await together.run.finish()).map(({ unit, endpoint }) => [unit, endpoint])).toEqual([
      ["cnc-01", "plant"],
      ["cnc-02", "plant"],
    ]);
  });

  test("a run that is interrupted closes what is down, and what it did stays in the record", async () => {
    const port = await freeTcpPort(2);
    const faults = "  - { id: down, at: 100ms, on: opcua, fault: server-down }";
    const { run, line } = start(
      planned(`endpoints: { mqttsn: false, opcua: { port: ${port} } }`, faults, "10m"),
    );
    await run.start();
    const finished = run.finish();
    await line(/^fault down: server-down on cnc-01, cnc-02$/);
    run.stop();
    const result = await finished;
    expect(result.ending).toBe("interrupted");
    expect(windows(result)).toMatchObject([
      { id: "down", from_s: 0.1, until_s: undefined },
      { id: "down", until_s: undefined },
    ]);
  });
});

describe("MQTT-SN", () => {
  test("a partition lets nothing pass, and the backlog arrives afterwards without a gap", async () => {
    const broker = await freeTcpPort();
    const endpoints = `endpoints: { opcua: false, mqttsn: { streams: [telemetry], retry: 300ms, retries: 20, backlog: { max: 1000 } } }
gateway: { port: ${await freeUdpPort()}, broker-port: ${broker} }`;
    const faults = "  - { id: radio, at: 1s, for: 1500ms, on: mqttsn, fault: partition }";
    const plan = (overrides: Overrides): Plan => planned(endpoints, faults, "10m", overrides);
    const { run, line } = start(plan({}));
    await run.start();
    const north = await North.subscribe(`mqtt://127.0.0.1:${broker}`, "plant/hall/cnc-01/motion");
    open.push({ close: () => north.end() });
    const heard = new EventEmitter();
    const arrived: { seq: number; at_ms: number }[] = [];
    void (async () => {
      for (;;) {
        const [arrival] = await north.take(1);
        const { seq } = JSON.parse(arrival!.payload) as { seq: number };
        arrived.push({ seq, at_ms: Date.now() });
        heard.emit("arrival");
      }
    })();
    const finished = run.finish();
    await line(/^fault radio is over$/);
    const before = arrived.length;
    while (arrived.length === before) await once(heard, "arrival");
    run.stop();
    const result = await finished;
    const [window] = windows(result);
    expect(window).toMatchObject({ unit: "cnc-01", family: "mqttsn", from_s: 1, until_s: 2.5 });
    // What was on its way behind the gateway when it began may still arrive.
    const during = arrived.filter(
      ({ at_ms }) => at_ms > window!.began_ms! + 400 && at_ms < window!.ended_ms!,
    );
    expect(during).toEqual([]);
    const seen = [...new Set(arrived.map(({ seq }) => seq))];
    expect(arrived.some(({ at_ms }) => at_ms > window!.ended_ms!)).toBe(true);
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: seen.length }, (_, i) => seen[0]! + i));
    expect(result.wire.mqttsn).toMatchObject({ failed: 0, suppressed: 0 });
    expect(result.wire.mqttsn!.retransmitted).toBeGreaterThan(0);
    expect(result.digest).toBe(await digestOfTwin(plan, result.plantTime_s));
  });

  test("a fault by hand is carried out where all may be faulty, and refused where none can be", async () => {
    const endpoints = `endpoints: { opcua: false, mqttsn: {} }
gateway: { port: ${await freeUdpPort()}, broker-port: ${await freeTcpPort()} }`;
    const text = planned(endpoints, "  - { id: air, at: 10m, on: {}, fault: air-dip }", "10m");
    const order = { id: "mine", fault: "partition", with: {} };
    const faulty = start(text, { areAllFaulty: true });
    await faulty.run.start();
    const finished = faulty.run.finish();
    expect(await faulty.run.beginWireFault("cnc-02", order)).toEqual({ done: true });
    expect(await faulty.run.clearWireFault("cnc-02", "mine")).toEqual({ done: true });
    expect(await faulty.run.clearWireFault("cnc-02", "mine")).toMatchObject({ done: false });
    faulty.run.stop();
    expect(windows(await finished)).toMatchObject([{ unit: "cnc-02", id: "mine", kind: "partition" }]);
    const sound = start({ ...text, units: text.units.map((unit) => ({ ...unit, mqttsn: undefined })) });
    expect(await sound.run.beginWireFault("cnc-02", order)).toEqual({
      done: false,
      reason: "cnc-02 has no endpoint for partition",
    });
  });
});

describe("TCP in front of OPC UA", () => {
  /** One server behind a proxy on this port. */
  const plan =
    (port: number, faults: string) =>
    (overrides: Overrides): Plan =>
      planned(`endpoints: { mqttsn: false, opcua: { port: ${port}, trust: all } }`, faults, "10m", overrides);

  test("a client is reset and comes back, and sees one address only", async () => {
    const port = await freeTcpPort(2);
    const url = `opc.tcp://127.0.0.1:${port}`;
    const rst = plan(port, "  - { id: rst, at: 500ms, on: { name: cnc-01 }, fault: tcp-reset }");
    const { run } = start(rst({}));
    await run.start();
    const session = await clients.openPatient(url);
    const endpoints = await clients.last.getEndpoints();
    expect([...new Set(endpoints.map(({ endpointUrl }) => endpointUrl))]).toEqual([url]);
    const back = once(clients.last, "connection_reestablished");
    const finished = run.finish();
    await back;
    expect((await readValue(session, HEAT)).statusCode.name).toBe("Good");
    const secure = await clients.open(url, "SignAndEncrypt");
    expect((await readValue(secure, HEAT)).statusCode.name).toBe("Good");
    run.stop();
    const result = await finished;
    expect(windows(result)).toMatchObject([
      { unit: "cnc-01", id: "rst", family: "tcp", endpoint: "cnc-01", from_s: 0.5, until_s: 0.5 },
    ]);
    expect(result.digest).toBe(await digestOfTwin(rst, result.plantTime_s));
  });

  test("a request waits while nothing passes, and is answered afterwards", async () => {
    const port = await freeTcpPort(2);
    const hang = "  - { id: hang, at: 500ms, for: 1500ms, on: { name: cnc-01 }, fault: tcp-half-open }";
    const { run, line } = start(plan(port, hang)({}));
    await run.start();
    const session = await clients.open(`opc.tcp://127.0.0.1:${port}`);
    const finished = run.finish();
    await line(/^fault hang: tcp-half-open on cnc-01$/);
    const asked_ms = Date.now();
    expect((await readValue(session, HEAT)).statusCode.name).toBe("Good");
    const answered_ms = Date.now();
    run.stop();
    const [window, ...others] = windows(await finished);
    expect([window, others]).toMatchObject([{ id: "hang", from_s: 0.5, until_s: 2 }, []]);
    expect(asked_ms).toBeLessThan(window!.ended_ms!);
    expect(answered_ms).toBeGreaterThanOrEqual(window!.ended_ms!);
  });
});
