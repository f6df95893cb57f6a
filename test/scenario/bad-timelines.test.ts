/** Mistakes in actions and in when things happen: one message each, at its place, with the way out. */
import { expect, test } from "vitest";
import type { CodedErrors } from "../../src/errors.ts";
import { loadCatalog } from "../../src/runtime/files.ts";
import { planScenario } from "../../src/scenario/plan.ts";
import { scenarioText, UNIT } from "../support/scenario-text.ts";

const catalog = loadCatalog();

function mistakes(top: string): string[] {
  try {
    planScenario(
      "plant.yaml",
      scenarioText({ top: `${top}\n`, units: UNIT.replace("name:", "count: 2, name:") }),
      catalog,
    );
  } catch (error) {
    return (error as CodedErrors).errors.map(
      ({ message, place, fix }) => `${place!.line}:${place!.column} ${message} | ${fix.split("\n")[0]}`,
    );
  }
  throw new Error("nothing is wrong");
}

const action = (fields: string): string => `actions: [{ id: a, ${fields} }]`;
const fault = (fields: string): string => `faults: [{ id: f, fault: air-dip, ${fields} }]`;

test.each([
  [
    "a command that no unit has",
    action("on: {}, do: holt"),
    'cnc/vmc-3axis-15kw has no command "holt" | Did you mean "hold"?',
  ],
  [
    "an argument that it has not",
    action("on: {}, do: hold, with: { now: 1 }"),
    '3:51 "hold" has no argument "now" | There are none.',
  ],
  [
    "an argument that is missing",
    action("on: {}, do: set-override, with: { which: feed }"),
    '"set-override" needs the argument "percent" | percent: From 1; feed to 150',
  ],
  [
    "an argument of another type",
    action("on: {}, do: change-tool, with: { tool: one }"),
    'the argument "tool" of "change-tool" cannot be "one" | tool: Number of a tool',
  ],
  ["no unit", action("on: { name: x }, do: hold"), '3:24 "on" of "a" means no unit | Write what fits'],
  [
    "an id twice",
    `actions: [{ id: a, on: {}, do: hold }, { id: a, on: {}, do: start }]`,
    '3:46 "a" is the id of something else as well | Give each an id',
  ],
  [
    "an id that a fault has",
    `${fault("on: {}")}\nactions: [{ id: f, on: {}, do: hold }]`,
    '4:17 "f" is the id of something else as well | Give each an id',
  ],
  ["every 0s", action("every: 0s, on: {}, do: hold"), '3:27 "every" cannot be 0s | Write a time above 0s.'],
  [
    "a fault that is not there",
    action("after: x, on: {}, do: hold"),
    'there is no fault "x" to come after | Write the id of another fault: there is none yet.',
  ],
  [
    "an event that is no CEL",
    action("after: { event: 'event.kind ==' }, on: {}, do: hold"),
    "3:36 that is no CEL",
  ],
  [
    "an event that is no yes or no",
    action("after: { event: 'event.kind' }, on: {}, do: hold"),
    "that is no yes or no, but string | Compare it",
  ],
  [
    "an event with a field that is not there",
    action("after: { event: 'event.knd == \"a\"' }, on: {}, do: hold"),
    "that cannot be judged",
  ],
  [
    "an event about a signal that is not there",
    fault(`after: { event: 'unit.signals["spindle-laod"] > 1.0' }, on: {}`),
    'has no unit.signals["spindle-laod"] | Did you mean "spindle-load"?',
  ],
  [
    "a state that is no CEL",
    fault("on: { state: Cutting }"),
    "3:48 that cannot be judged: Unknown variable: Cutting",
  ],
  [
    "a state that is not there",
    fault(`on: { state: 'unit.states["state"] == "a"' }`),
    'has no unit.states["state"] | Did you mean',
  ],
  [
    "a state that asks about an event",
    fault(`on: { state: 'event.kind == "state"' }`),
    "`event` is there in `count` and in `after: { event }`",
  ],
  [
    "a fault after one that may not begin",
    `faults:\n  - { id: f, on: { state: 'true' }, fault: air-dip }\n  - { id: g, after: f, on: {}, fault: air-dip }`,
    'whether "f" begins is known only when its time comes | Let both count',
  ],
  [
    "two that wait for each other",
    `faults:\n  - { id: f, after: g, on: {}, fault: air-dip }\n  - { id: g, after: f, on: {}, fault: air-dip }`,
    '"after" of "f" comes back to itself',
  ],
  ["a field of faults in an action", action("for: 1m, on: {}, do: hold"), 'unknown field "for"'],
  ["no command", action("on: {}"), 'the action "a" does nothing | Write one of do, speed, run.'],
  ["two at once", action("speed: 2, run: ls"), 'the action "a" does speed and run at once | Write one of'],
  ["a command for nobody", action("do: hold"), '"a" does not say to which units | Add on: {}'],
  ["a speed for some", action("on: {}, speed: 2"), '"on" says nothing here | It belongs to do'],
  ["a speed that is none", action("speed: 0"), '"speed" cannot be 0'],
  [
    "a time limit of nothing",
    action("speed: 2, within: 1s"),
    '"within" says nothing here | It belongs to run.',
  ],
  [
    "a speed that waits for an event",
    action("after: { event: 'true' }, speed: 2"),
    "what is done to the whole run cannot wait for an event of a unit | Give it a time.",
  ],
  [
    "a speed while the wire is judged",
    `${action("speed: 2")}\nthresholds: [wire.mqttsn.lost count == 0]`,
    "the speed cannot change while something is judged or goes wrong on the wire",
  ],
  [
    "an abort by the north",
    `north: { mqtt: { broker: embedded } }\nthresholds: [{ threshold: north.lost count == 0, abortOnFail: true }]`,
    "what arrives in the north is known when the run is over, so it cannot abort it | Leave out",
  ],
  [
    "an abort that is no threshold",
    "thresholds: [{ threshold: nothing, abortOnFail: true }]",
    'a threshold cannot be "nothing"',
  ],
])("%s", (_what, top, said) => {
  expect(mistakes(top).join("\n")).toContain(said);
});
