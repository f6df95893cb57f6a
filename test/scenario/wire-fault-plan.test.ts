import { describe, expect, test } from "vitest";
import type { CodedErrors } from "../../src/errors.ts";
import { faultKinds } from "../../src/runtime/fault-kinds.ts";
import { loadCatalog } from "../../src/runtime/files.ts";
import { planScenario, type Overrides, type Plan } from "../../src/scenario/plan.ts";

const catalog = loadCatalog();

/** Two groups: machines with all endpoints but `quiet-*`, which have no device. Faults begin at line 21. */
const text = (faults: string, top = ""): string => `taktwerk: 1
name: plant
duration: 10s
fleet:
  - group: hall
    units:
      - { model: cnc/vmc-3axis-15kw, count: 4, name: "cnc-{n:02}", program: programs/bracket-al }
  - group: quiet
    endpoints: { mqttsn: false, opcua: { port: 24900, security: [none] } }
    units:
      - { model: cnc/vmc-3axis-15kw, count: 2, name: "quiet-{n}", program: programs/bracket-al }
  - group: dumb
    endpoints: { opcua: false, mqttsn: { qos: -1 } }
    units:
      - { model: cnc/vmc-3axis-15kw, name: dumb, program: programs/bracket-al }
endpoints:
  opcua: {}
  mqttsn: { qos: 1 }
${top}
faults:
${faults}
`;

const plan = (faults: string, overrides: Overrides = {}, top = ""): Plan =>
  planScenario("plant.yaml", text(faults, top), catalog, overrides);

const hit = (planned: Plan): string[] =>
  planned.units.filter(({ wireFaults }) => wireFaults.length > 0).map(({ name }) => name);

function mistakes(faults: string, overrides: Overrides = {}, top = ""): string[] {
  try {
    plan(faults, overrides, top);
  } catch (error) {
    return (error as CodedErrors).errors.map(
      ({ code, message, place, fix }) => `${place!.line}:${place!.column} ${code}: ${message} | ${fix}`,
    );
  }
  throw new Error("nothing is wrong");
}

test("no two kinds of fault have one id, whatever family they are of", () => {
  const ids = faultKinds().map(({ id }) => id);
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
});

describe("a fault on the wire hits", () => {
  test.each([
    ["on: opcua", "server-down", ["cnc-01", "cnc-02", "cnc-03", "cnc-04", "quiet-1", "quiet-2"]],
    ["on: opcua", "tcp-reset", ["cnc-01", "cnc-02", "cnc-03", "cnc-04", "quiet-1", "quiet-2"]],
    ["on: mqttsn", "partition", ["cnc-01", "cnc-02", "cnc-03", "cnc-04", "dumb"]],
    ["on: {}", "partition", ["cnc-01", "cnc-02", "cnc-03", "cnc-04", "dumb"]],
    ["on: { group: quiet }", "server-restart", ["quiet-1", "quiet-2"]],
    ['on: { name: "*-1" }', "session-kill", ["quiet-1"]],
  ])("%s, %s", (on, fault, names) => {
    expect(hit(plan(`  - { id: f, ${on}, fault: ${fault} }`))).toEqual(names);
  });

  test("as many as are picked of those that have such an endpoint", () => {
    for (const seed of [1, 2, 3, 4])
      expect(hit(plan("  - { id: f, on: { pick: 5 }, fault: partition }", { seed }))).toHaveLength(5);
  });

  test("them at the times and with the parameters that it says", () => {
    const faults =
      "  - { id: f, at: 2s, for: 1s, every: 4s, on: {}, fault: datagram-loss, with: { ratio: 0.3 } }";
    expect(plan(faults).units[0]!.wireFaults).toEqual([
      {
        ...{ id: "f", kind: "datagram-loss", family: "mqttsn", at_s: 2, for_s: 1, every_s: 4 },
        parameters: { ratio: 0.3, direction: "both" },
      },
    ]);
    const kill = "  - { id: f, at: 2s, every: 4s, on: opcua, fault: session-kill }";
    expect(plan(kill).units[0]!.wireFaults).toMatchObject([{ at_s: 2, for_s: 0, every_s: 4 }]);
  });

  test("nobody without endpoints, and the plan says that something was left out", () => {
    const faults = "  - { id: f, on: opcua, fault: server-down }";
    const without = plan(faults, { endpoints: false, speed: "max" });
    expect([hit(without), without.wireDemand]).toEqual([[], "left-out"]);
    expect(plan(faults).wireDemand).toBe("met");
    const ofMachine = "  - { id: f, on: {}, fault: air-dip }";
    expect(plan(ofMachine, { endpoints: false }).wireDemand).toBe("none");
  });
});

describe("what is wrong with it is told with its place and the way out", () => {
  test.each<[string, string, string, Overrides?]>([
    [
      "a speed other than 1",
      "  - { id: f, on: opcua, fault: server-down }",
      "21:32 invalid-value: server-down is a fault on the wire, which cannot be at speed 60 | Run it with --speed 1, or leave the wire out with --no-endpoints.",
      { speed: 60 },
    ],
    [
      "full speed, where there is no wire",
      "  - { id: f, on: opcua, fault: server-down }",
      "21:32 invalid-value: server-down is a fault on the wire, which cannot be at speed max | Run it with",
      { speed: "max" },
    ],
    [
      "units without such an endpoint",
      "  - { id: f, on: { group: quiet }, fault: partition }",
      '21:43 invalid-value: partition needs an MQTT-SN device, and none of the units that "f" is on has one | Give them one with endpoints: { mqttsn: {} }, or choose other units.',
    ],
    [
      "a selector that means nobody",
      "  - { id: f, on: { group: attic }, fault: partition }",
      '21:18 invalid-value: "on" of "f" means no unit',
    ],
    [
      "a fault of a server on devices",
      "  - { id: f, on: mqttsn, fault: server-down }",
      '21:18 invalid-value: "on" of "f" cannot be mqttsn: server-down is carried out on an OPC UA server | Write on: opcua.',
    ],
    [
      "a fault of a machine on servers",
      "  - { id: f, on: opcua, fault: air-dip }",
      '21:18 invalid-value: "on" of "f" cannot be opcua: air-dip is a fault of a machine | Write which units',
    ],
    [
      "a certificate where nobody sees one",
      "  - { id: f, on: { group: quiet }, fault: certificate-expired }",
      '21:43 invalid-value: certificate-expired needs a server with security, and that of "quiet-1" offers none | Write for it: security',
    ],
    [
      "answers of a gateway at QoS -1",
      "  - { id: f, on: { name: dumb }, fault: datagram-loss, with: { direction: from-gateway } }",
      '21:75 invalid-value: nothing comes from a gateway at QoS -1, as "dumb" publishes | Write direction: to-gateway',
    ],
    [
      "a parameter beyond its bounds",
      "  - { id: f, on: mqttsn, fault: datagram-loss, with: { ratio: 3 } }",
      '21:63 invalid-value: "with" of datagram-loss cannot be so',
    ],
    [
      "a parameter that it does not have",
      "  - { id: f, on: mqttsn, fault: partition, with: { ratio: 0.5 } }",
      '21:50 invalid-value: "with" of partition cannot be so',
    ],
    [
      "a duration of one that is over at once",
      "  - { id: f, for: 3s, on: opcua, fault: session-kill }",
      '21:19 invalid-value: session-kill is over at once, so it lasts for no time | Leave out "for".',
    ],
    [
      "one that would begin again before it has ended",
      "  - { id: f, for: 3s, every: 2s, on: opcua, fault: server-down }",
      '21:30 invalid-value: "every" cannot be 2s',
    ],
    [
      "a word that is near one",
      "  - { id: f, on: opcua, fault: server-dwn }",
      '21:32 unknown-fault: there is no fault "server-dwn" | Did you mean "server-down"?',
    ],
  ])("%s", (_what, faults, said, overrides) => {
    expect(mistakes(faults, overrides)[0]!.slice(0, said.length)).toBe(said);
  });

  test("a check that waits for it", () => {
    const check = "checks: [{ name: c, on: { fault: f }, never: 'unit.name == \"\"' }]";
    expect(mistakes("  - { id: f, on: opcua, fault: server-down }", {}, check)[0]).toMatch(
      /^19:\d+ invalid-value: "f" is a fault on the wire, which changes nothing that a check/,
    );
  });
});
