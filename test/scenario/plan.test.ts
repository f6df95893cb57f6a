/** What a good scenario becomes. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadCatalog } from "../../src/runtime/files.ts";
import { planScenario, type Overrides, type Plan } from "../../src/scenario/plan.ts";
import { scenarioText, UNIT } from "../support/scenario-text.ts";

const catalog = loadCatalog();
const plan = (text: string, overrides?: Overrides): Plan =>
  planScenario("plant.yaml", text, catalog, overrides);

const units = (name: string, count: number): string =>
  UNIT.replace('name: "cnc-{n:02}"', `count: ${count}, name: "${name}"`);

/** Groups: hall with cnc-01 to cnc-03 and a saw, yard with two mills. */
const works = ({ top = "", hall = "", yard = "" } = {}): string =>
  `${scenarioText({ top, group: hall, units: `${units("cnc-{n:02}", 3)}\n${units("saw", 1)}` })}` +
  `  - group: yard\n${yard}    units:\n${units("mill{n}", 2)}\n`;

describe("units", () => {
  test("are named and counted over the whole plan, in the file's order", () => {
    const { units: planned } = plan(works());
    expect(planned.map(({ name, group, index }) => `${index} ${group}/${name}`)).toEqual([
      "0 hall/cnc-01",
      "1 hall/cnc-02",
      "2 hall/cnc-03",
      "3 hall/saw",
      "4 yard/mill1",
      "5 yard/mill2",
    ]);
  });

  test("take as many digits as they need", () => {
    const names = plan(scenarioText({ units: units("a{n:03}-{n}", 101) })).units.map((unit) => unit.name);
    expect([names[0], names[9], names[100]]).toEqual(["a001-1", "a010-10", "a101-101"]);
  });

  test("know model, workpiece, nameplate and where they stand", () => {
    const [first, , , , last] = plan(works({ yard: "    location: Hall 7\n" })).units;
    expect(first).toMatchObject({ modelReference: "cnc/vmc-3axis-15kw", place: { line: 6 } });
    expect(first!.model.kind).toBe("cnc");
    expect(first!.workpieces[0]!.program.material).toBe("materials/aluminium-wrought");
    expect(first!.nameplate.location).toBe("hall");
    expect(last!.nameplate.location).toBe("Hall 7");
    expect(first!.nameplate.serialNumber).not.toBe(last!.nameplate.serialNumber);
  });
});

describe("endpoints", () => {
  test("have defaults, and ports that count by the unit's index", () => {
    const { units: planned, gateway } = plan(works());
    expect(planned.map((unit) => unit.opcua?.port)).toEqual([24_841, 24_842, 24_843, 24_844, 24_845, 24_846]);
    expect(planned[0]!.opcua).toEqual({
      bind: "127.0.0.1",
      port: 24_841,
      advertise: ["127.0.0.1"],
      security: ["none", "Basic256Sha256/SignAndEncrypt"],
      anonymous: "observer",
      users: [],
      trust: "list",
      history_s: 600,
      keys: "own",
      limits: {},
      nodesets: [],
      register: undefined,
      server: "cnc-01",
    });
    expect(planned[0]!.mqttsn).toMatchObject({
      gateways: [],
      qos: 1,
      keepAlive_s: 60,
      encoding: "json",
      commands: true,
    });
    expect(gateway).toEqual({
      beacon: undefined,
      mqttVersion: 4,
      predefinedTopics: new Map(),
      bind: "127.0.0.1",
      port: 21_884,
      brokerUrl: undefined,
      brokerPort: 21_883,
      place: { file: "plant.yaml" },
    });
  });

  test("MQTT-SN devices take every setting that there is", () => {
    const settings = [
      "gateway: [udp://127.0.0.1:1884, udp://gw.example:1885]",
      ...["qos: 2", "encoding: cbor", 'topics: "x/{unit}/{stream}"', "streams: [state, alarms, state]"],
      ...["publish: 500ms", "commands: false", "will: true", "sleep: 60s", "clean-session: false"],
      ...["retry: 2s", "retries: 3", "backlog: { drop: newest }", "payload-limit: 200", "forwarder: true"],
    ].join(", ");
    const text = works({
      top: `endpoints: { mqttsn: { ${settings} } }\ngateway: { predefined: { "x/y": 7 } }\n`,
    });
    expect(plan(text).units[0]!.mqttsn).toEqual({
      gateways: [
        { host: "127.0.0.1", port: 1884 },
        { host: "gw.example", port: 1885 },
      ],
      search: undefined,
      qos: 2,
      encoding: "cbor",
      topics: "x/{unit}/{stream}",
      streams: ["state", "alarms"],
      publish: { interval_ms: 500 },
      commands: false,
      will: true,
      payloadLimit: 200,
      forwarder: true,
      predefinedTopics: new Map([["x/y", 7]]),
      cleanSession: false,
      keepAlive_s: 60,
      retry_ms: 2000,
      retries: 3,
      backlog: { max: 100, drop: "newest" },
      sleep_s: 60,
    });
  });

  test("a gateway to be searched for is none of ours", () => {
    const { units, gateway } = plan(
      works({ top: "endpoints: { mqttsn: { gateway: search://239.255.0.1:1883 } }\n" }),
    );
    expect(units[0]!.mqttsn).toMatchObject({ gateways: [], search: { group: "239.255.0.1", port: 1883 } });
    expect(gateway).toBeUndefined();
  });

  test("take the scenario's settings, and a group's own on top", () => {
    const { units: planned } = plan(
      works({
        top: "endpoints:\n  opcua: { port: 30000, security: [none, none], limits: { sessions: 2, nodes-per-read: 100 } }\n  mqttsn: { qos: 0, keep-alive: 2m }\n",
        yard: "    endpoints:\n      opcua: { port: 40000, advertise: plant.example }\n      mqttsn: { gateway: udp://gw.example:1884 }\n",
      }),
    );
    const [first, last] = [planned[0]!, planned[5]!];
    expect(first.opcua).toMatchObject({ port: 30_000, advertise: ["127.0.0.1"], security: ["none"] });
    expect(first.opcua?.limits).toEqual({ sessions: 2, nodesPerRead: 100 });
    expect(first.mqttsn).toMatchObject({ gateways: [], qos: 0, keepAlive_s: 120 });
    expect(last.opcua).toMatchObject({ port: 40_005, advertise: ["plant.example"], security: ["none"] });
    expect(last.mqttsn).toMatchObject({
      gateways: [{ host: "gw.example", port: 1884 }],
      qos: 0,
      keepAlive_s: 120,
    });
  });

  test("can be one address a unit with a port in common, and names made of the unit's", () => {
    const top = `endpoints:\n  opcua: { bind: "127.0.1.{n}", advertise: ["{name}.example", "10.1.1.{n}"] }\n`;
    const { units: planned } = plan(works({ top }));
    expect(planned.map(({ opcua }) => `${opcua?.bind}:${opcua?.port}`).slice(0, 2)).toEqual([
      "127.0.1.1:4840",
      "127.0.1.2:4840",
    ]);
    expect(planned[1]!.opcua?.advertise).toEqual([`${planned[1]!.name}.example`, "10.1.1.2"]);
    const many = plan(scenarioText({ top, units: UNIT.replace("name:", "count: 300, name:") })).units;
    expect(many.slice(253, 255).map(({ opcua }) => opcua?.bind)).toEqual(["127.0.1.254", "127.0.2.1"]);
  });

  test("can be one server for all, but for groups that go their own way", () => {
    const top =
      "endpoints:\n  opcua: { mode: aggregated }\ndiscovery: { register: opc.tcp://lds.example:4840 }\n";
    const yard = "    endpoints:\n      opcua: { port: 40000 }\n";
    const { units: planned, discovery } = plan(works({ top, yard }));
    expect(new Set(planned.map(({ opcua }) => opcua?.server))).toEqual(new Set(["plant", "plant-yard"]));
    expect(planned[0]!.opcua?.register).toBe("opc.tcp://lds.example:4840");
    expect(discovery).toMatchObject({ bind: "127.0.0.1", port: 24_840, advertise: ["127.0.0.1"] });
  });

  test("are found unless nobody shall, or there is nothing to be found", () => {
    expect(plan(works({ top: "discovery: false\n" })).discovery).toBeUndefined();
    expect(plan(works({ top: "endpoints: { opcua: false }\n" })).discovery).toBeUndefined();
  });

  test("are switched off by a group, and switched on again by one", () => {
    const off = plan(works({ hall: "    endpoints: { mqttsn: false }\n" })).units;
    expect(off.map((unit) => unit.mqttsn !== undefined)).toEqual([false, false, false, false, true, true]);
    expect(off.every((unit) => unit.opcua !== undefined)).toBe(true);
    const on = plan(
      works({ top: "endpoints: { opcua: false }\n", yard: "    endpoints: { opcua: { port: 30000 } }\n" }),
    ).units;
    expect(on.map((unit) => unit.opcua?.port)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      30_004,
      30_005,
    ]);
  });

  test("may be written once and used again", () => {
    const { units: planned } = plan(
      works({
        hall: "    endpoints: &quiet { mqttsn: false, opcua: { security: [Basic256Sha256/Sign] } }\n",
        yard: "    endpoints: *quiet\n",
      }),
    );
    expect(planned.map((unit) => unit.mqttsn)).toEqual(Array(6).fill(undefined));
    expect(planned[5]!.opcua!.security).toEqual(["Basic256Sha256/Sign"]);
  });

  test("need the embedded gateway only when a device publishes to it", () => {
    const elsewhere = "endpoints: { mqttsn: { gateway: udp://127.0.0.1:1884 } }\n";
    expect(plan(works({ top: elsewhere })).gateway).toBeUndefined();
    expect(plan(works({ top: "endpoints: { mqttsn: false }\n" })).gateway).toBeUndefined();
    const { gateway } = plan(
      works({
        top: `${elsewhere}gateway: { port: 5000, broker: mqtt://127.0.0.1:1883 }\n`,
        yard: "    endpoints: { mqttsn: { gateway: embedded } }\n",
      }),
    );
    expect(gateway).toMatchObject({ port: 5000, brokerUrl: "mqtt://127.0.0.1:1883", place: { line: 4 } });
  });

  test.each([
    ["loopback, whatever its form", "bind: 127.8.0.1"],
    ["a network with security", "bind: 10.0.0.1, security: [Basic256Sha256/Sign]"],
    ["a network, if someone says so", "bind: 10.0.0.1, insecure: true"],
    [
      "every address under a name",
      "bind: 0.0.0.0, advertise: plant.example, security: [Basic256Sha256/Sign]",
    ],
  ])("may be open to %s", (_what, settings) => {
    expect(() => plan(scenarioText({ top: `endpoints: { opcua: { ${settings} } }\n` }))).not.toThrow();
  });
});

describe("the command line", () => {
  const text = scenarioText({ top: "seed: 7\nspeed: 2\nduration: 1h\n" });

  test("leaves alone what it does not name", () => {
    expect(plan(text)).toMatchObject({ seed: 7, speed: 2, duration_s: 3600, timestamps: "wall" });
    expect(plan(scenarioText())).toMatchObject({ seed: 1, speed: 1, duration_s: Infinity });
  });

  test("overrides seed, speed and duration", () => {
    const overrides = { seed: "other", speed: 60, duration_s: 5 };
    expect(plan(text, overrides)).toMatchObject(overrides);
  });

  test.each<[string, Overrides]>([
    ["--no-endpoints", { endpoints: false }],
    ["--speed max", { speed: "max" }],
  ])("%s opens nothing", (_option, overrides) => {
    const { units: planned, gateway } = plan(text, overrides);
    expect(gateway).toBeUndefined();
    expect(planned.every((unit) => unit.opcua === undefined && unit.mqttsn === undefined)).toBe(true);
  });

  test("cannot bring back endpoints at the speed that has none", () => {
    const fastest = scenarioText({ top: "speed: max\n" });
    expect(plan(fastest, { endpoints: true }).units[0]!.opcua).toBeUndefined();
    expect(plan(fastest, { speed: 1 }).units[0]!.opcua).toBeDefined();
  });
});

test("the calendar starts where the scenario says, else on a Monday at 06:00", () => {
  const start = plan(scenarioText({ top: "start: 2026-03-01T06:00:00+01:00\ntimestamps: plant\n" }));
  expect(start).toMatchObject({ start_ms: Date.UTC(2026, 2, 1, 5), timestamps: "plant" });
  const usual = new Date(plan(scenarioText()).start_ms);
  expect([usual.getUTCDay(), usual.toISOString().slice(11)]).toEqual([1, "06:00:00.000Z"]);
});

test.each(readdirSync("scenarios").filter((name) => name.endsWith(".yaml")))(
  "scenarios/%s is valid",
  (name) => {
    const file = `scenarios/${name}`;
    expect(planScenario(file, readFileSync(file, "utf8"), catalog).units.length).toBeGreaterThan(0);
  },
);

test.each(["scenario", "result"])("schema/%s.schema.json is the one in the program", (kind) => {
  const generated = execFileSync(process.execPath, ["dist/cli/main.js", "schema", kind], {
    encoding: "utf8",
  });
  const file = `schema/${kind}.schema.json`;
  expect(JSON.parse(readFileSync(file, "utf8")), `${file} is old: npm run schema`).toEqual(
    JSON.parse(generated),
  );
});
