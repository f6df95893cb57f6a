/** Files that are made to stall or to end whoever reads them: each is refused with its place, before anything starts. */
import { expect, test } from "vitest";
import { CodedError, CodedErrors, EXIT } from "../../src/errors.ts";
import { loadCatalog } from "../../src/runtime/files.ts";
import { planScenario } from "../../src/scenario/plan.ts";
import { scenarioText, UNIT } from "../support/scenario-text.ts";

const catalog = loadCatalog();

const top = (lines: string): string => scenarioText({ top: `${lines}\n` });
const repeat = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join("\n");

/** The first mistake, with how many there are. */
function refusal(text: string, set: readonly string[] = []): string {
  try {
    planScenario("plant.yaml", text, catalog, { set });
  } catch (error) {
    if (!(error instanceof CodedError || error instanceof CodedErrors)) throw error;
    expect(error.exitCode).toBe(EXIT.usage);
    const errors = error instanceof CodedErrors ? error.errors : [error];
    const [{ message, place }] = errors as [CodedError];
    return `${errors.length} ${place?.line}:${place?.column} ${message.slice(0, 400)}`;
  }
  return "valid";
}

const CHECK = "always: 'true'";

test.each([
  [
    "a million values",
    top(`z: [${"1,".repeat(1_000_000)}]`),
    "1 3:400000 this file has more than 200000 lines and values",
  ],
  [
    "a million lines",
    top("#\n".repeat(1_000_000)),
    "1 200001:2 this file has more than 200000 lines and values",
  ],
  ["aliases without number", top(`x: &x y\nz: [${"*x,".repeat(250_000)}]`), "1 4:599"],
  [
    "a list in a list in a list",
    top(`a:\n  ${"- ".repeat(20_000)}x`),
    "1 4:132 lists and fields stand inside each other more than 64 deep",
  ],
  [
    "a key of a key of a key",
    top("? ".repeat(20_000)),
    "1 3:130 lists and fields stand inside each other more than 64 deep",
  ],
  ["twenty thousand unknown fields", top(repeat(20_000, (i) => `f${i}: 1`)), '1000 3:1 unknown field "f0"'],
  [
    "the same field ten thousand times",
    top(repeat(10_000, () => "seed: 1")),
    '1000 4:1 the field "seed" stands here a second time',
  ],
  [
    "a unit that is wrong ten thousand times",
    scenarioText({ units: repeat(10_000, () => "      - { modl: x }") }),
    '750 6:9 missing field "name"',
  ],
  [
    "more units than there can be",
    scenarioText({ units: repeat(2, (i) => UNIT.replace('name: "', `count: 6000, name: "u${i}-`)) }),
    "1 7:9 with these the fleet has more than 10000 units",
  ],
  [
    "count: 1e9",
    scenarioText({ units: UNIT.replace("name:", "count: 1e9, name:") }),
    '1 6:45 "count" cannot be 1000000000',
  ],
  [
    "checks without number",
    top(`checks:\n${repeat(1001, (i) => `  - { name: c${i}, ${CHECK} }`)}`),
    '1 4:3 "checks" cannot be [{"name":"c0"',
  ],
  [
    "checks times units",
    scenarioText({
      top: `checks:\n${repeat(900, (i) => `  - { name: c${i}, ${CHECK} }`)}\n`,
      units: UNIT.replace("name:", "count: 9000, name:"),
    }),
    "1 4:3 900 checks for 9000 units are more than 2000000 pairs",
  ],
  [
    "a predicate that is too deep",
    top(`checks:\n  - { name: c, always: "${"(".repeat(3000)}" }`),
    "1 4:24 that is too large or too deep: Exceeded maxDepth (32)",
  ],
  [
    "a name of a million characters",
    scenarioText().replace("name: plant", `name: ${"a".repeat(1_000_000)}`),
    '1 2:7 "name" cannot be "aaa',
  ],
  ["a seed of a million characters", top(`seed: "${"a".repeat(1_000_000)}"`), '1 3:7 "seed" cannot be "aaa'],
  [
    "a duration of a million digits",
    top(`duration: ${"9".repeat(1_000_000)}s`),
    '1 3:11 "duration" cannot be "999',
  ],
  [
    "fields of the language's own objects",
    top("__proto__: { a: 1 }\nconstructor: 1"),
    '2 3:1 unknown field "__proto__"',
  ],
  ["a speed beyond numbers", top("speed: 1e999"), '1 3:8 "speed" cannot be Infinity'],
])("%s", (_what, text, refused) => expect(refusal(text)).toContain(refused));

test("checks that are each affordable, and together are not", () => {
  const list = `[${Array.from({ length: 200 }, (_, i) => i).join(", ")}]`;
  const costly = `always: "!${list}.exists(a, [1, 2, 3, 4, 5, 6].exists(b, a == b + 1000))"`;
  const checks = (count: number): string =>
    top(`checks:\n${repeat(count, (i) => `  - { name: c${i}, ${costly} }`)}`);
  expect(refusal(checks(10))).toBe("valid");
  expect(refusal(checks(40))).toMatch(
    /^1 \d+:5 the checks up to "c\d+" can take more than 200000 steps for one look$/,
  );
});

test.each([
  ["a=*x", "is no YAML"],
  ["seed=*x", "is no YAML"],
  ["seed=&x [*x]", "is no YAML"],
  [`seed=${"[".repeat(20_000)}`, "is no YAML"],
  [`seed=${"- ".repeat(20_000)}`, "is no YAML"],
  ["__proto__.polluted=1", ""],
  ["fleet.0.units.-1.count=2", "the list has no entry"],
  ["fleet.0.units.99999999999999999999.count=2", "the list has no entry"],
  ["=", "it names no place and value"],
])("--set %.40s", (setting, refused) => {
  expect(refusal(scenarioText(), [setting])).toContain(refused);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});
