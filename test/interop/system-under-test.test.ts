/** A run that tests a gateway in another process, with mosquitto behind it: verdict and exit code for each kind. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadCatalog } from "../../src/runtime/files.ts";
import type { RunResult } from "../../src/runtime/result.ts";
import { Run } from "../../src/runtime/run.ts";
import { planScenario } from "../../src/scenario/plan.ts";
import { Workspace, type Ending } from "../support/cli.ts";
import { freeTcpPort, freeUdpPort } from "../support/free-ports.ts";
import { peer } from "../support/peers.ts";

const STAND_IN = path.resolve("test/support/stand-in-gateway.ts");
const TIMEOUT_MS = 90_000;

const mosquitto = peer("mosquitto");
const tshark = peer("tshark");
const workspace = new Workspace();
let broker: ChildProcess | undefined;
let north = "";

beforeAll(async () => {
  if (!mosquitto) return;
  const port = await freeTcpPort();
  const file = path.join(workspace.folder, "mosquitto.conf");
  writeFileSync(file, `listener ${port} 127.0.0.1\nallow_anonymous true\n`);
  broker = spawn(mosquitto, ["-c", file], { stdio: "ignore" });
  north = `mqtt://127.0.0.1:${port}`;
});
afterAll(async () => {
  broker?.kill("SIGKILL");
  if (broker && broker.exitCode === null && broker.signalCode === null) await once(broker, "exit");
  await workspace.close();
});

interface Parts {
  readonly name: string;
  readonly gateway: number;
  readonly sut: readonly string[];
  readonly lines?: readonly string[];
  readonly mqtt?: string;
  readonly duration?: string;
}

const THRESHOLDS = ["lost", "duplicated", "reordered", "altered", "unknown"].map(
  (what) => `  - north.${what} count == 0`,
);

/** Three machines behind a gateway for some seconds; each plant has topics of its own. */
const scenario = ({
  name,
  gateway,
  sut,
  lines = ["thresholds:", ...THRESHOLDS],
  mqtt = "5",
  duration = "7s",
}: Parts): string =>
  [
    "taktwerk: 1",
    `name: ${name}`,
    `duration: ${duration}`,
    "fleet:",
    "  - group: hall",
    `    units: [{ model: cnc/vmc-3axis-15kw, count: 3, name: "${name}-{n}", program: programs/bracket-al }]`,
    "endpoints:",
    "  opcua: false",
    `  mqttsn: { gateway: "udp://127.0.0.1:${gateway}" }`,
    "discovery: false",
    "sut:",
    ...sut.map((line) => `  ${line}`),
    `north: { mqtt: { broker: "${north}", mqtt: "${mqtt}" } }`,
    ...lines,
    "",
  ].join("\n");

/** UDP port of the gateway, as the run's own command line names it. */
const gatewayOf = (stdout: string): string => /stand-in-gateway\.ts" (\d+) /.exec(stdout)![1]!;

/** Every datagram of the file is a message that the dissector knows. */
function expectDissected(tshark: string, file: string, port: string): void {
  const read = (filter: string): string[] => {
    const args = ["-r", file, "-d", `udp.port==${port},mqttsn`, "-Y", filter];
    return execFileSync(tshark, args, { stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .split("\n")
      .filter(Boolean);
  };
  expect(read("mqttsn").length).toBeGreaterThan(50);
  expect(read("_ws.malformed || !mqttsn")).toEqual([]);
}

const startLine = (gateway: number, defect: string): string =>
  `start: exec "${process.execPath}" "${STAND_IN}" ${gateway} ${north} ${defect}`;

/** Runs the built command against a stand-in. */
async function runAgainst(
  defect: string,
  more: readonly string[] = [],
  parts: Partial<Parts> = {},
): Promise<Ending & { readonly result: RunResult | undefined }> {
  const gateway = await freeUdpPort();
  const sut = [`name: ${defect}-gateway`, startLine(gateway, defect), ...more];
  const file = workspace.write(`${defect}.yaml`, scenario({ name: defect, gateway, sut, ...parts }));
  const args = ["--json", `${defect}.json`, "--evidence", "evidence"];
  const ending = await workspace.run("run", file, ...args);
  let result: RunResult | undefined;
  try {
    result = JSON.parse(readFileSync(path.join(workspace.folder, `${defect}.json`), "utf8")) as RunResult;
  } catch {
    // It did not come so far.
  }
  return { ...ending, result };
}

describe.skipIf(!mosquitto)("a gateway under test", () => {
  test("that is sound is accused of nothing, and its log is kept", { timeout: TIMEOUT_MS }, async () => {
    const more = [
      "version: 1.2.3",
      "ready: { north: true, within: 30s }",
      "warmup: 1s",
      "logs: out/clean.log",
    ];
    const { code, stdout, result } = await runAgainst("clean", more);
    expect(stdout).toMatch(/^ {2}tested {4}clean-gateway 1\.2\.3$/m);
    expect(stdout).toMatch(/^ {2}north {5}(\d+) of \1 messages arrived$/m);
    expect(readFileSync(path.join(workspace.folder, "out/clean.log"), "utf8")).toContain("gateway ready");
    expect(result!.north!.phases[""]!.sent).toBeGreaterThan(100);
    expect(code).toBe(0);
  });

  test("that is dead ends not judged, with what it said", { timeout: TIMEOUT_MS }, async () => {
    const gateway = await freeUdpPort();
    const sut = ["name: dead", `start: 'echo "no licence"; exit 7'`, "ready: { within: 20s }"];
    const file = workspace.write("dead.yaml", scenario({ name: "dead", gateway, sut }));
    const { code, stderr } = await workspace.run("run", file);
    expect(stderr).toMatch(
      /error\[sut-not-ready\]: dead ended with code 7; missing: dead-1, dead-2, dead-3\n/,
    );
    expect(stderr).toContain("| no licence");
    expect(stderr).toContain("again     taktwerk run dead.yaml");
    expect(code).toBe(3);
  });

  test(
    "that never gets ready ends not judged, and names who was missing",
    { timeout: TIMEOUT_MS },
    async () => {
      const { code, stderr } = await runAgainst("mute", ["ready: { within: 2s }"]);
      expect(stderr).toMatch(
        /error\[sut-not-ready\]: mute-gateway is not ready after 2 s; missing: mute-1: no connection, mute-2: no connection, mute-3: no connection/,
      );
      expect(code).toBe(3);
    },
  );

  test(
    "that is deaf: not judged when readiness wants arrivals, failed when it does not",
    { timeout: TIMEOUT_MS },
    async () => {
      const ready = "ready: { north: true, within: 12s }";
      const wanted = await runAgainst("deaf", [ready], { duration: "1m" });
      expect(wanted.stderr).toMatch(
        /deaf-gateway is not ready after 12 s; missing: deaf-1: nothing arrived in the north, deaf-2: nothing/,
      );
      expect(wanted.code).toBe(3);
      const { code, result } = await runAgainst("deaf", ["drain: 1s"]);
      const { sent, arrived, lost } = result!.north!.phases[""]!;
      expect([arrived, lost]).toEqual([0, sent]);
      expect(code).toBe(1);
    },
  );

  test(
    "that loses one message and doubles another is told so, with their numbers",
    { timeout: TIMEOUT_MS },
    async () => {
      const { code, stdout, result } = await runAgainst("lossy", ["drain: 1s"]);
      expect(stdout).toMatch(/north {5}\d+ of \d+ messages arrived, 1 lost, 1 doubled$/m);
      expect(result!.north!.misfortunes.map(({ what }) => what).sort()).toEqual(["duplicated", "lost"]);
      expect(stdout).toContain("failed    north.lost count == 0");
      expect(code).toBe(1);
      const folder = path.join(workspace.folder, "evidence", "lossy-seed-1");
      const misfortunes = readFileSync(path.join(folder, "misfortunes.ndjson"), "utf8");
      expect(misfortunes.trimEnd().split("\n")).toHaveLength(2);
      const shown = await workspace.run("show", "evidence/lossy-seed-1");
      expect(shown.stdout).toMatch(
        /messages that went wrong\n {2}\S+ {2}lossy-\d\/[\w-]+ number \d+: (lost|duplicated)\n/,
      );
      expect(shown.stdout).toContain("last lines of the system under test\n  gateway ready");
      if (tshark) expectDissected(tshark, path.join(folder, "datagrams.pcapng"), gatewayOf(stdout));
    },
  );

  test(
    "that changes or swaps messages is told so, with MQTT 3.1.1 too",
    { timeout: TIMEOUT_MS },
    async () => {
      const [altering, swapping] = await Promise.all([
        runAgainst("altering", [], { mqtt: "3.1.1" }),
        runAgainst("swapping", []),
      ]);
      expect(altering.result!.north!.phases[""]).toMatchObject({ altered: 1, lost: 0, duplicated: 0 });
      expect(swapping.result!.north!.phases[""]).toMatchObject({ altered: 0, lost: 0, reordered: 1 });
      expect([altering.code, swapping.code]).toEqual([1, 1]);
    },
  );

  test(
    "of which nothing is judged ends not judged, also without endpoints",
    { timeout: TIMEOUT_MS },
    async () => {
      const lines = ["checks: [{ name: cuts, eventually: 'true' }]"];
      const { code, stdout } = await runAgainst("clean", [], { lines });
      expect(stdout).toContain("not judged: no threshold was judged that is about data which");
      expect(code).toBe(3);
      const off = await workspace.run("run", "clean.yaml", "--no-endpoints", "--speed", "max");
      expect(off.stdout).toContain("not judged: endpoints are switched off");
      expect(off.code).toBe(3);
    },
  );

  test(
    "that is sound is accused of nothing while the radio loses, doubles and delays, with ten seeds",
    { timeout: TIMEOUT_MS },
    async () => {
      const gateway = await freeUdpPort();
      const child = spawn(process.execPath, [STAND_IN, String(gateway), north, "clean"], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await once(child.stdout!, "data");
      try {
        const runs = Array.from({ length: 10 }, async (_, seed) => {
          const lines = [
            "faults:",
            "  - { id: loss, at: 1s, for: 3s, on: mqttsn, fault: datagram-loss, with: { ratio: 0.3 } }",
            "  - { id: twice, at: 2s, for: 3s, on: mqttsn, fault: datagram-duplicate, with: { ratio: 0.3 } }",
            ...["thresholds:", ...THRESHOLDS],
          ];
          const text = scenario({ name: `seed${seed}`, gateway, sut: ["name: clean"], lines });
          const run = new Run(planScenario("ten.yaml", text, loadCatalog(), { seed }));
          try {
            await run.start();
            return await run.finish();
          } finally {
            await run.close();
          }
        });
        for (const { thresholds, north } of await Promise.all(runs)) {
          expect(north!.misfortunes.filter(({ what }) => what !== "lost as expected")).toEqual([]);
          // And north.withheld, which is judged by default.
          expect(thresholds.map(({ verdict }) => verdict)).toEqual([...THRESHOLDS, 1].map(() => "passed"));
          expect(Object.keys(north!.phases)).toContain("loss");
        }
      } finally {
        child.kill("SIGKILL");
      }
    },
  );
});
