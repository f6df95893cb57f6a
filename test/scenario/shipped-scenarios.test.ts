/** Scenarios that ship pass, and fail for the right reason when what they are about does not happen. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadCatalog } from "../../src/runtime/files.ts";
import type { RunResult } from "../../src/runtime/result.ts";
import { Run } from "../../src/runtime/run.ts";
import { planScenario } from "../../src/scenario/plan.ts";

async function run(name: string, set: readonly string[]): Promise<RunResult> {
  const file = `scenarios/${name}.yaml`;
  const overrides = { speed: "max", endpoints: false, set } as const;
  const it = new Run(planScenario(file, readFileSync(file, "utf8"), loadCatalog(), overrides));
  await it.start();
  const result = await it.finish();
  await it.close();
  return result;
}

const failedOf = ({ checks, thresholds }: RunResult): string[] => [
  ...checks.filter(({ verdict }) => verdict === "failed").map(({ name }) => name),
  ...thresholds.filter(({ verdict }) => verdict === "failed").map(({ text }) => text),
];

/** A week takes too long for a test; two days have all that the checks look for. */
const SHORT: Readonly<Record<string, readonly string[]>> = {
  demo: ["duration=1h"],
  "week-of-natural-failures": ["duration=2d", "thresholds.2=twin.parts_produced count >= 400"],
};

/** Judged on the wire, by tests of their own. */
const ON_THE_WIRE: readonly string[] = [
  "certificate-expiry",
  "gateway-outage",
  "noisy-radio",
  "reconnect-storm",
];

const names = readdirSync("scenarios").map((file) => file.replace(/\.yaml$/, ""));

describe("a scenario that ships", () => {
  test.each(names.filter((name) => !ON_THE_WIRE.includes(name)))("%s passes", async (name) => {
    expect(failedOf(await run(name, SHORT[name] ?? []))).toEqual([]);
  });

  test.each(names)("%s opens with what it shows and what one would change", (name) => {
    const text = readFileSync(`scenarios/${name}.yaml`, "utf8");
    const [comment] = text.split("\ntaktwerk:");
    expect(comment).toMatch(/^# yaml-language-server: \$schema=\.\.\/schema\/scenario\.schema\.json\n/);
    expect(comment).toMatch(/\bChange `/);
    expect(text).toContain(`\nname: ${name}\n`);
  });
});

describe("broken on purpose it fails for the right reason", () => {
  test.each<[string, string, string[], string[]]>([
    [
      "spindle-overheat",
      "a bearing that is hardly worn is not noticed",
      ["faults.bearing.with.severity=0.05"],
      ["vibration is noticed", "heat is noticed"],
    ],
    [
      "tool-wear-shift",
      "edges are hardly blunt",
      ["faults.blunt.with.severity=0.01"],
      ["blunt edges move the parts' size"],
    ],
    [
      "coolant-starvation",
      "hardly any coolant is lost",
      ["faults.leak.with={ severity: 0.1 }", "thresholds=[twin.alarms count >= 0]"],
      ["the control notices"],
    ],
    [
      "coolant-starvation",
      "the leak stays",
      ["faults.leak.for=3h"],
      ["they work again", "the others never rest"],
    ],
    [
      "power-dip",
      "the drives ride it through",
      ["faults.dip.with.severity=0.2"],
      [
        "all drives switch off within half a second",
        "nobody goes on in the first seconds",
        "twin.parts_scrapped count >= 1",
      ],
    ],
    [
      "ci-smoke",
      "a machine is stopped",
      ["actions=[{ id: stop, at: 30s, on: { name: umc }, do: stop }]"],
      ["every machine makes parts"],
    ],
    [
      "week-of-natural-failures",
      "a machine of the cell breaks at once and stays so",
      [
        ...SHORT["week-of-natural-failures"]!,
        "faults=[{ id: dead, at: 1m, on: { name: cell-1 }, fault: encoder-fault }]",
      ],
      ["every machine of the cell makes its parts", "every machine comes to cut"],
    ],
  ])("%s: %s", async (name, _what, set, failed) => {
    expect(failedOf(await run(name, set))).toEqual(failed);
  });

  test("spindle-overheat: one that is bad before its time is an alarm without a cause", async () => {
    const early = ["faults.1={ id: hidden, at: 2m, on: {}, fault: spindle-bearing-wear }"];
    await expect(run("spindle-overheat", early)).rejects.toThrow("the list has no entry");
    const first = "{ id: bearing, at: 10m, for: 100m, on: { pick: 2 }, fault: spindle-bearing-wear }";
    const both = [`faults=[{ id: hidden, at: 2m, on: {}, fault: spindle-bearing-wear }, ${first}]`];
    expect(failedOf(await run("spindle-overheat", both))).toContain("no alarm without a cause");
  });

  test("spindle-overheat: the evidence says when and what was seen", async () => {
    const { checks } = await run("spindle-overheat", ["faults.bearing.with.severity=0.05"]);
    const [vibration] = checks;
    expect(vibration!.evidence.map(({ why }) => why)).toEqual(
      Array.from({ length: 2 }, () => "it was never so from 600 s to 780 s"),
    );
  });
});
