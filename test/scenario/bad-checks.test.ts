/** Mistakes in checks and thresholds: one message each, at its place, with the way out. */
import { describe, expect, test } from "vitest";
import type { CodedErrors } from "../../src/errors.ts";
import { loadCatalog } from "../../src/runtime/files.ts";
import { planScenario } from "../../src/scenario/plan.ts";
import { scenarioText, UNIT } from "../support/scenario-text.ts";

const catalog = loadCatalog();
const UNITS = UNIT.replace("name:", "count: 2, name:");
const FAULTS = "faults:\n  - { id: air, at: 1m, on: { name: cnc-01 }, fault: air-dip }\n";

function mistakes(top: string): string[] {
  try {
    planScenario("plant.yaml", scenarioText({ top: `${FAULTS}${top}\n`, units: UNITS }), catalog);
  } catch (error) {
    return (error as CodedErrors).errors.map(
      ({ message, place, fix }) => `${place!.line}:${place!.column} ${message} | ${fix.split("\n")[0]}`,
    );
  }
  throw new Error("nothing is wrong");
}

describe("what is wrong with a check is told with its place and the way out", () => {
  test.each([
    [
      "no demand",
      "name: c",
      '6:5 the check "c" demands nothing | Write one of eventually, always, never, holds, count',
    ],
    [
      "two demands",
      "name: c, always: 'true', never: 'true'",
      '6:39 the check "c" demands always and never at once | Write one of',
    ],
    [
      "within with always",
      "name: c, always: 'true', within: 1m",
      '6:40 "within" says nothing with "always" | It belongs to eventually and holds.',
    ],
    [
      "for with eventually",
      "name: c, eventually: 'true', for: 1m",
      '6:41 "for" says nothing with "eventually" | It belongs to holds.',
    ],
    [
      "holds without for",
      "name: c, holds: 'true'",
      '6:23 "holds" needs a time for which it is to hold | Add "for:"',
    ],
    [
      "count without a number",
      "name: c, count: 'true'",
      '6:23 "count" needs a number to count up to | Add "atLeast:" or "atMost:"',
    ],
    [
      "at least more than at most",
      "name: c, count: 'true', atLeast: 3, atMost: 2",
      "6:51 there cannot be at least 3 and at most 2 events",
    ],
    [
      "an event outside count",
      "name: c, always: 'event.kind == \"state\"'",
      '6:24 that cannot be judged: Unknown variable: event at "event.kind',
    ],
    [
      "CEL that is none",
      "name: c, always: 'unit.name =='",
      "6:24 that is no CEL: Unexpected token: EOF at its end | Write a CEL expression such as",
    ],
    ["no yes or no", "name: c, always: 'unit.name'", "6:24 that is no yes or no, but string | Compare it"],
    [
      "a whole number for a measured one",
      "name: c, always: 'unit.signals[\"spindle-load\"] == 3'",
      '6:24 that cannot be judged: no such overload: double == int at "unit.signals',
    ],
    [
      "an unknown signal",
      "name: c, always: 'unit.signals[\"spindle-laod\"] > 3'",
      '6:24 cnc/vmc-3axis-15kw has no unit.signals["spindle-laod"] | Did you mean "spindle-load"?',
    ],
    [
      "an unknown condition",
      "name: c, always: 'unit.conditions[\"vibration\"].active'",
      '6:24 cnc/vmc-3axis-15kw has no unit.conditions["vibration"] | There is unit.signals["vibration"].',
    ],
    [
      "a counter that is a signal elsewhere",
      "name: c, always: 'unit.signals[\"parts-scrapped\"] > 3'",
      '6:24 cnc/vmc-3axis-15kw has no unit.signals["parts-scrapped"] | There is unit.counters["parts-scrapped"].',
    ],
    [
      "a field that a condition does not have",
      "name: c, always: 'unit.conditions[\"vibration-high\"].activ'",
      '6:24 that cannot be judged: No such key: activ at "activ" | There is unit.name',
    ],
    [
      "a name that is made up on the way",
      "name: c, always: 'unit.signals[unit.name] > 3'",
      '6:24 "unit.signals" is read as a whole, or by a name that is made up on the way | Write the name out',
    ],
    [
      "a predicate's fault that is none",
      "name: c, always: 'unit.faults[\"aor\"]'",
      '6:24 there is no fault "aor" in this scenario | Did you mean "air"?',
    ],
    [
      "a fault that is none",
      "name: c, on: { fault: ari }, always: 'true'",
      '6:29 there is no fault "ari" in this scenario | Did you mean "air"?',
    ],
    [
      "a window of a fault that is none",
      "name: c, after: { fault: oil }, always: 'true'",
      '6:32 there is no fault "oil" in this scenario | Known: air.',
    ],
    [
      "a fault that hits others",
      "name: c, on: { name: cnc-02 }, during: { fault: air }, always: 'true'",
      '6:55 the fault "air" hits none of the units of "c", so its window could never open | Judge those that it hits: on: { fault: air }.',
    ],
    [
      "a selector that means nobody",
      "name: c, on: { name: robot }, always: 'true'",
      '6:20 "on" of "c" means no unit | Write what fits',
    ],
    [
      "during beside until",
      "name: c, during: { fault: air }, until: 1m, always: 'true'",
      '6:47 "during" of "c" says the whole window | Leave out "until"',
    ],
    [
      "a window that ends before it begins",
      "name: c, after: 2m, until: 1m, always: 'true'",
      '6:34 "until" of "c" is not later than its begin',
    ],
    [
      "the wire's view",
      "name: c, vantage: wire, always: 'true'",
      '6:25 the vantage "wire" cannot be judged yet | Leave it out, or write "twin"',
    ],
    ["a time that is none", "name: c, after: soon, always: 'true'", '6:23 "after" cannot be "soon"'],
    [
      "a field that there is not",
      "name: c, allways: 'true'",
      '6:16 unknown field "allways" in entry 1 of "checks" | Did you mean "always"?',
    ],
  ])("%s", (_name, check, said) => {
    const [first] = mistakes(`checks:\n  - { ${check} }`);
    expect(first!.slice(0, said.length)).toBe(said);
  });

  test("a name that is there twice", () => {
    const twice = "  - { name: c, always: 'true' }";
    expect(mistakes(`checks:\n${twice}\n${twice}`)[0]).toMatch(
      /^7:13 two checks are named "c" \| Give each a name/,
    );
  });
});

describe("what is wrong with a threshold is told with its place and the way out", () => {
  test.each([
    [
      "no grammar",
      "scrap below 3",
      'a threshold cannot be "scrap below 3" | Write a metric, a figure of it and a bound',
    ],
    [
      "no metric",
      "twin.part_scrapped count < 3",
      'there is no metric "twin.part_scrapped" | Did you mean "twin.parts_scrapped"?',
    ],
    ["no figure of it", "twin.parts_scrapped avg < 3", 'twin.parts_scrapped has no "avg" | Known: count.'],
    ["no percentile", "twin.part_interval_s p(101) < 3", "there is no percentile 101 | Write one from"],
    [
      "nobody who listens",
      "north.lost count == 0",
      'nobody listens where "north.lost" could be seen | Say where messages arrive',
    ],
  ])("%s", (_name, threshold, said) => {
    const [first] = mistakes(`thresholds:\n  - "${threshold}"`);
    expect(first!.slice(0, said.length + 4)).toBe(`6:5 ${said}`);
  });
});

describe("what is wrong with a system under test is told with its place and the way out", () => {
  const NORTH = 'north: { mqtt: { broker: "mqtt://127.0.0.1:1883" } }';
  test.each([
    [
      "sut: { name: a, ready: { north: true } }",
      "nobody listens behind the system under test | Add `north`.",
    ],
    ["sut: { name: a, stop: kill }", "only what is started can be stopped | Add `start`"],
    [
      "duration: 6s\nsut: { name: a, warmup: 10s }",
      "nothing is left to judge: the warm-up takes 10s, and the run 6s | Write a shorter warmup",
    ],
    [
      "duration: 6s\nsut: { name: a, warmup: 6s }",
      "nothing is left to judge: the warm-up takes 6s, and the run 6s |",
    ],
    ["sut: { name: a, warmup: 25d }", '"warmup" cannot be "25d": it is at most 24d |'],
    ["sut: { name: a, drain: 25d }", '"drain" cannot be "25d": it is at most 24d |'],
    ["sut: { name: a, ready: { within: 25d } }", '"within" cannot be "25d": it is at most 24d |'],
    ["actions: [{ id: a, at: 1s, run: x, within: 25d }]", '"within" cannot be "25d": it is at most 24d |'],
    ["actions: [{ id: a, at: 1s, speed: 2, judge: true }]", '"judge" says nothing here | It belongs to run.'],
    ["sut: { name: a, may-end: true }", "only of what is started it is known when it ends | Add `start`"],
    [`${NORTH}\nendpoints: { mqttsn: false }`, "no unit publishes what could arrive | Give a group"],
    [
      "sut: { name: a, ready: { items: 5 } }\nendpoints: { opcua: false }",
      "no unit has an OPC UA server that could have items",
    ],
    [
      'north: { mqtt: { broker: embedded } }\nendpoints: { mqttsn: { gateway: "udp://127.0.0.1:1884" } }',
      "there is no embedded broker in this scenario | Name the broker behind your gateway",
    ],
    ["north: { mqtt: { broker: 'http://a' } }", '"broker" cannot be "http://a"'],
    ["sut: { start: ./gateway }", 'missing field "name" in "sut"'],
    ["sut: { name: a, ready: { within: soon } }", '"within" cannot be "soon"'],
    [`${NORTH}\nspeed: 60\nthresholds: [north.lost count == 0]`, "cannot be judged at speed 60"],
  ])("%s", (top, said) => {
    expect(mistakes(top).join("\n")).toContain(said);
  });
});
