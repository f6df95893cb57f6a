import { stringify } from "yaml";
import { celExpression, celPredicate } from "./cel-grammar.ts";
import type { Dice } from "./dice.ts";
import { damage } from "./text-damage.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Shallow, so that most are accepted. */
function predicate(dice: Dice): string {
  return dice.chance(90)
    ? dice.pick([celPredicate(dice), "true", 'unit.name == "cnc-01"', 'unit.signals["spindle-load"] > 5.0'])
    : celExpression(dice);
}

/** A scenario that uses most of the format, from which mutants are made. */
const seedScenario = (dice: Dice): { [key: string]: Json } => ({
  taktwerk: 1,
  name: "fuzz",
  seed: dice.below(1000),
  duration: dice.pick(["1m", "90s", "2h"]),
  speed: dice.pick(["max", 1, 60]),
  start: "2026-01-05T06:00:00+01:00",
  endpoints: { opcua: false, mqttsn: false },
  fleet: [
    {
      group: "hall",
      location: "Hall 1",
      units: [
        {
          model: dice.pick(["cnc/vmc-3axis-15kw", "cnc/umc-5axis-25kw"]),
          ...{ count: 1 + dice.below(4), name: "cnc-{n:02}", program: "programs/bracket-al" },
          ...{
            operation: dice.pick(["operations/continuous", "operations/job-shop"]),
            failures: dice.pick(["none", "natural"]),
          },
        },
      ],
    },
  ],
  faults: [
    {
      id: "air",
      at: dice.pick(["10s", "0s", "59s"]),
      for: "20s",
      on: { name: "cnc-*", pick: dice.pick([1, "50%"]) },
      fault: "air-dip",
    },
    {
      id: "wear",
      at: "5s",
      for: "9s",
      every: "20s",
      on: { model: "cnc/*" },
      fault: "spindle-bearing-wear",
      with: { severity: 0.5 },
    },
    {
      id: "lie",
      at: "5s",
      for: "30s",
      on: { group: "hall" },
      fault: "sensor-bias",
      with: { signal: "spindle-load", offset: 5 },
    },
  ],
  actions: [
    {
      id: "slow",
      at: "12s",
      on: { name: "cnc-01" },
      do: "set-override",
      with: { which: "feed", percent: 50 },
    },
    { id: "stop", after: "air", at: "1s", on: { name: "cnc-01", state: predicate(dice) }, do: "hold" },
  ],
  checks: [
    {
      name: "one",
      on: { fault: "air" },
      after: { fault: "air" },
      within: "10s",
      eventually: predicate(dice),
    },
    { name: "two", always: predicate(dice), until: "50s" },
    { name: "three", count: predicate(dice), atMost: 5 },
    { name: "four", holds: 'unit.signals["spindle-load"] < 200.0', for: "2s" },
  ],
  thresholds: [
    "twin.parts_scrapped count <= 3",
    dice.pick(["twin.alarms count < 100", "twin.parts_produced count >= 0"]),
  ],
  report: { junit: "out/junit.xml", signals: ["spindle-load"] },
});

const STRANGE: readonly Json[] = [
  ...[
    null,
    true,
    0,
    -1,
    1e308,
    -1e308,
    0.1,
    9007199254740993,
    1e9,
    "",
    " ",
    "\u0000",
    "\u001b[2J",
    "\u202e",
    "../../x",
  ],
  ...[
    "__proto__",
    "NaN",
    ".inf",
    "1e999",
    "-1s",
    "0s",
    "99999999d",
    "1h1h",
    "10m",
    "max",
    "*",
    "(a+)+$",
    "a".repeat(5000),
  ],
  ...[
    [],
    {},
    [[]],
    [{}],
    { __proto__x: 1 },
    { fault: "air" },
    { event: "true" },
    ["x", "x"],
    { name: "*" },
    { pick: 0 },
  ],
];

/** A scenario as text: mostly with one to four fields that are not what they should be. */
export function scenarioYaml(dice: Dice): string {
  const scenario = seedScenario(dice);
  for (const field of ["actions", "checks", "thresholds", "report"])
    if (dice.chance(40)) delete scenario[field];
  if (dice.chance(60)) for (let i = dice.below(4); i >= 0; i--) mutate(scenario, dice);
  let text = dice.chance(20)
    ? JSON.stringify(scenario)
    : stringify(scenario, { aliasDuplicateObjects: false });
  while (dice.chance(10)) text = damage(text, dice);
  return text;
}

function mutate(node: Json, dice: Dice): void {
  if (node === null || typeof node !== "object") return;
  const keys = Object.keys(node);
  const key = dice.pick(keys.length > 0 ? keys : ["x"]);
  const parent = node as { [key: string]: Json };
  const child = parent[key];
  if (typeof child === "object" && child !== null && dice.chance(75)) return mutate(child, dice);
  const replace = (value: Json): void => void (parent[key] = value);
  dice.pick([
    () => replace(dice.pick(STRANGE)),
    () => replace(typeof child === "string" ? damage(child, dice) : dice.pick(STRANGE)),
    () =>
      replace(typeof child === "number" ? child * dice.pick([-1, 0, 0.5, 1e6, 1e300]) : dice.pick(STRANGE)),
    () => replace(celExpression(dice)),
    () =>
      void (Array.isArray(node)
        ? node.push(child ?? null)
        : (parent[dice.pick(["x", "id", "at", "on", key.toUpperCase()])] = child ?? 1)),
    () => void (Array.isArray(node) ? node.splice(Number(key), 1) : delete parent[key]),
  ])();
}
