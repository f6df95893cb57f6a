/** Plants whose listeners take free ports, and programs that are told which. */
import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPlant } from "../../src/index.ts";
import type { Addresses } from "../../src/runtime/addresses.ts";
import { loadCatalog } from "../../src/runtime/files.ts";
import { Run } from "../../src/runtime/run.ts";
import { planScenario, type Plan } from "../../src/scenario/plan.ts";
import { Workspace } from "../support/cli.ts";
import { scenarioText, UNIT } from "../support/scenario-text.ts";

const TIMEOUT_MS = 60_000;
const workspace = new Workspace();
const home = process.cwd();

// Keys and certificates are kept below the working folder.
beforeAll(() => process.chdir(workspace.folder));
afterAll(async () => {
  process.chdir(home);
  await workspace.close();
});

/** Copies what it is told, says where, and stays. */
const COPY = 'cp "$TAKTWERK_ENDPOINTS"';

/** Two machines, a gateway under test and a command in mid-run, which both keep what they are told. */
const planned = (name: string): Plan =>
  planScenario(
    `${name}.yaml`,
    scenarioText({
      units: UNIT.replace("name:", "count: 2, name:"),
      top: `duration: 2s
ports: auto
sut: { name: ${name}, start: '${COPY} ${name}-sut.json; echo "$TAKTWERK_ENDPOINTS"; exec sleep 100' }
north: { mqtt: { broker: embedded } }
actions: [{ id: look, at: 1s, run: '${COPY} ${name}-action.json' }]
thresholds: [north.lost count == 0]
`,
    }),
    loadCatalog(),
  );

const told = (file: string): Addresses =>
  JSON.parse(readFileSync(path.join(workspace.folder, file), "utf8")) as Addresses;

/** Whether somebody listens there. */
async function answers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.once("connect", () => resolve(true)).once("connect", () => socket.destroy());
    socket.once("error", () => resolve(false));
  });
}

test.each([
  [1, ["one", "other"]],
  [2, ["spread"]],
])(
  "side by side on %d hosts, %j tell programs where all is, and leave no file",
  { timeout: TIMEOUT_MS },
  async (hosts, names) => {
    const runs = names.map((name) => new Run(planned(name), { hosts }));
    try {
      await Promise.all(runs.map((run) => run.start()));
      for (const [i, run] of runs.entries()) {
        const { discovery, opcua, gateways, broker, north } = run.addresses!;
        const urls = [discovery!, ...Object.values(opcua), broker!, north!];
        expect(urls).toHaveLength(5);
        expect(await Promise.all(urls.map(answers))).toEqual(urls.map(() => true));
        expect(gateways).toEqual([{ host: "127.0.0.1", port: expect.any(Number) as number }]);
        expect(gateways[0]!.port).toBeGreaterThan(0);
        expect((await run.wire({ text: "", sort: "name", offset: 0, limit: 9 })).embedded!.address).toBe(
          `udp://127.0.0.1:${gateways[0]!.port}`,
        );
        expect((await run.look("cnc-02")).gateways).toEqual([`udp://127.0.0.1:${gateways[0]!.port}`]);
        expect(told(`${names[i]}-sut.json`)).toEqual(run.addresses);
      }
      const results = await Promise.all(runs.map((run) => run.finish()));
      for (const [i, { thresholds, sut }] of results.entries()) {
        expect(thresholds).toMatchObject([{ verdict: "passed" }, { verdict: "passed" }]);
        expect(told(`${names[i]}-action.json`)).toEqual(runs[i]!.addresses);
        expect(existsSync(sut!.output[0]!)).toBe(true);
      }
      await Promise.all(runs.map((run) => run.close()));
      for (const { sut } of results) expect(existsSync(path.dirname(sut!.output[0]!))).toBe(false);
    } finally {
      await Promise.all(runs.map((run) => run.close()));
    }
  },
);

test("a run that starts no program makes no file, and one without endpoints has no addresses", async () => {
  const before = process.env["TAKTWERK_ENDPOINTS"];
  const text = scenarioText({ top: "duration: 1s\n" });
  const run = new Run(planScenario("off.yaml", text, loadCatalog(), { endpoints: false }));
  await run.start();
  expect(run.addresses).toEqual({ opcua: {}, gateways: [] });
  await run.close();
  expect(process.env["TAKTWERK_ENDPOINTS"]).toBe(before);
});

test("plants of tests take free ports, unless theirs are wanted", { timeout: TIMEOUT_MS }, async () => {
  const scenario = scenarioText();
  const plants = await Promise.all([startPlant({ scenario }), startPlant({ scenario })]);
  try {
    const urls = plants.flatMap(({ units, mqttsn }) => [units[0]!.opcua!, mqttsn!.broker]);
    expect(new Set(urls).size).toBe(4);
    expect(await Promise.all(urls.map(answers))).toEqual([true, true, true, true]);
    const port = new URL(urls[0]!).port;
    const set = ["ports=fixed", `endpoints.opcua.port=${port}`, "endpoints.mqttsn=false", "discovery=false"];
    await expect(startPlant({ scenario, set })).rejects.toThrow(`${port} on 127.0.0.1 is in use`);
  } finally {
    await Promise.all(plants.map((plant) => plant.stop()));
  }
});
