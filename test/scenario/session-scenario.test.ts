/** A session written as a scenario: it comes to the digest that the session had, whatever somebody did in it. */
import { dirname, resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadCatalog } from "../../src/runtime/files.ts";
import { SteppedPlant } from "../../src/runtime/stepped-plant.ts";
import { Plant } from "../../src/plant/plant.ts";
import type { WireFaultWindow } from "../../src/fault/wire-fault-window.ts";
import { parseDuration, exactDuration } from "../../src/scenario/duration.ts";
import { planScenario, type Overrides, type Plan } from "../../src/scenario/plan.ts";
import { sessionScenario, type SessionTruth } from "../../src/scenario/session-scenario.ts";
import { UnitTimeline } from "../../src/scenario/unit-timeline.ts";
import { scenarioText, UNIT } from "../support/scenario-text.ts";

const catalog = loadCatalog();
const UNITS = UNIT.replace("name:", "count: 2, name:");
const TIMELINE = `
actions:
  - { id: hold, at: 61s, on: { name: cnc-01 }, do: hold }
  - { id: session-1, at: 70s, on: {}, do: start }
  - { id: slower, at: 5s, every: 20s, on: {}, do: set-override, with: { which: feed, percent: 60 } }
  - { id: go, after: { event: 'event.kind == "condition"' }, at: 1s, on: {}, do: start }
faults:
  - { id: overload, at: 30s, for: 1m, on: { pick: 1 }, fault: servo-overload }
`;
const TEXT = `# yaml-language-server: $schema=../schema/scenario.schema.json
# A plant for sessions.
${scenarioText({ units: UNITS, top: "seed: 7 # as the sign says\nspeed: 10\n" })}${TIMELINE}`;

const planOf = (text: string, overrides: Overrides = {}, file = "plant.yaml"): Plan =>
  planScenario(file, text, catalog, overrides);

type Gesture = readonly [wait_s: number, unit: string, name: string, given: Record<string, string | number>];

/** Lets somebody do all that to a plant, some of which is refused. */
function live(plan: Plan, gestures: readonly Gesture[]): SessionTruth & { readonly digest: string } {
  const clock = { start_ms: plan.start_ms, wireStart_ms: plan.start_ms };
  const plant = new Plant(plan.seed, clock, plan.units);
  for (const { name, timeline } of plan.units)
    new UnitTimeline(plant.unit(name), timeline, (command) => plant.perform(name, command));
  const inputs: SessionTruth["inputs"][number][] = [];
  plant.onInput = (input) => inputs.push(input);
  let now_s = 0;
  plant.due = () => now_s;
  for (const [wait_s, unit, name, given] of gestures) {
    now_s += wait_s;
    plant.command(unit, { name, arguments: given });
  }
  const end_s = Math.ceil((now_s + 20) * 1000) / 1000;
  plant.advance(end_s);
  return { inputs, wireFaults: [], end_s, digest: plant.digest };
}

function replayed(text: string): string {
  const plan = planOf(text, { speed: "max", endpoints: false });
  const plant = new SteppedPlant(plan);
  plant.advance(plan.duration_s);
  return plant.digest;
}

const window = (more: Partial<WireFaultWindow>): WireFaultWindow => ({
  ...{ unit: "cnc-01", id: "x", kind: "server-down", family: "opcua", parameters: {} },
  ...{ endpoint: "cnc-01", causes: "", from_s: 9, ends_s: undefined, until_s: 12 },
  ...{ began_ms: 0, ended_ms: 0, failure: undefined },
  ...more,
});

const gesture: fc.Arbitrary<Gesture> = fc
  .tuple(
    // At the very times of model events, several at once, and anywhere.
    fc.oneof(fc.constantFrom(0, 1, 5, 60), fc.double({ min: 1e-9, max: 30, noNaN: true })),
    fc.constantFrom("cnc-01", "cnc-02"),
    ...([
      fc.constantFrom<[string, Record<string, string | number>][]>(
        ["start", {}],
        ["hold", {}],
        ["stop", {}],
        ["reset", {}],
        ["set-override", { which: "feed", percent: 37.5 }],
        ["set-override", { which: "feed", percent: 100 }],
        ["inject-fault", { fault: "servo-overload", id: "a: b, #1", severity: 0.75 }],
        ["inject-fault", { fault: "sensor-bias", id: "s", signal: "spindle-load", severity: 1 }],
        ["clear-fault", { id: "a: b, #1" }],
        ["acknowledge", { condition: "servo-overload", by: "yes", comment: '"12:30" \\ ü' }],
        ["shelve", { condition: "servo-overload", duration_s: 30 }],
        ["store-and-start-job", { job: "7", program: "O1001-BRACKET", quantity: 2 }],
        ["change-tool", { tool: 1 }],
      ),
    ] as const),
  )
  .map(([wait_s, unit, [name, given]]) => [wait_s, unit, name, given]);

describe("a session as a scenario", () => {
  test("comes to the same digest, whatever was done when", () => {
    fc.assert(
      fc.property(fc.array(gesture, { maxLength: 25 }), (gestures) => {
        const plan = planOf(TEXT);
        const { digest, ...truth } = live(plan, gestures);
        expect(replayed(sessionScenario(plan, truth, "session.yaml"))).toBe(digest);
      }),
      { numRuns: 100 },
    );
  });

  test("has what the command line had changed, the seed, and all comments of its scenario", () => {
    const plan = planOf(TEXT, { seed: "thirteen", set: ["actions.hold.at=15s"] });
    const { digest, ...truth } = live(plan, [[12.5, "cnc-02", "hold", {}]]);
    const text = sessionScenario(plan, truth, "session.yaml");
    expect(text).toMatch(/^# A plant for sessions\.\n/);
    expect(text).toMatch(/seed: thirteen # as the sign says\n/);
    expect(text).toContain("{ id: session-2, at: 12.5s, on: { name: cnc-02 }, do: hold }");
    expect(text).toMatch(/^duration: 32.5s$/m);
    expect(replayed(text)).toBe(digest);
    expect(live(planOf(TEXT), [[12.5, "cnc-02", "hold", {}]]).digest).not.toBe(digest);
  });

  test("written again after it was run once more, it stays what it was", () => {
    const plan = planOf(TEXT);
    const { digest, ...truth } = live(plan, [[3, "cnc-01", "stop", {}]]);
    const text = sessionScenario(plan, truth, "session.yaml");
    const second = live(planOf(text), []);
    expect(second.inputs).toEqual([]);
    const again = sessionScenario(planOf(text), { ...truth, inputs: [] }, "again.yaml");
    expect(again).toBe(text);
    expect(replayed(again)).toBe(digest);
  });

  test("has the faults on the wire that somebody began by hand, and no planned one twice", () => {
    const text = `${TEXT.replace("speed: 10\n", "")}  - { id: outage, at: 5s, every: 1m, for: 2s, on: { name: cnc-01 }, fault: server-down }\n`;
    const plan = planOf(text);
    const wireFaults = [
      window({ id: "outage#1", from_s: 5, until_s: 7 }),
      window({ id: "mine" }),
      window({ unit: "cnc-02", id: "mine", endpoint: "cnc-02", until_s: undefined }),
      window({
        id: "loss",
        kind: "datagram-loss",
        family: "mqttsn",
        endpoint: "link",
        parameters: { ratio: 0.5 },
      }),
      window({ unit: "cnc-02", id: "loss", kind: "datagram-loss", family: "mqttsn", endpoint: "link" }),
    ];
    const written = sessionScenario(plan, { inputs: [], wireFaults, end_s: 60 }, "session.yaml");
    const planned = planOf(written).units.map(({ wireFaults }) =>
      wireFaults.map(({ id, kind, at_s, for_s, parameters }) => [id, kind, at_s, for_s, parameters]),
    );
    expect(planned).toEqual([
      [
        ["outage", "server-down", 5, 2, expect.anything()],
        ["server-down-1", "server-down", 9, 3, expect.anything()],
        ["datagram-loss-1", "datagram-loss", 9, 3, { direction: "both", ratio: 0.5 }],
      ],
      [["server-down-2", "server-down", 9, undefined, expect.anything()]],
    ]);
  });

  test("has of the faults on the wire those that were there, with the time that they would have lasted", () => {
    const text = `${TEXT.replace("speed: 10\n", "")}  - { id: server-down-1, at: 50s, for: 2s, on: { name: cnc-01 }, fault: server-down }\n`;
    const wireFaults = [
      window({ id: "server-down-1", from_s: 5, until_s: 7 }),
      window({ id: "refused", from_s: 8, failure: "no", began_ms: undefined }),
      window({ id: "while time stood", from_s: 9, until_s: 9 }),
      window({ id: "kill", kind: "session-kill", from_s: 10, until_s: 10 }),
      window({ id: "server-down-1", from_s: 50, until_s: 52 }),
      window({ id: "still there", from_s: 55, ends_s: 65, until_s: undefined }),
    ];
    const written = sessionScenario(planOf(text), { inputs: [], wireFaults, end_s: 60 }, "session.yaml");
    const planned = planOf(written).units[0]!.wireFaults.map(({ kind, at_s, for_s }) => [kind, at_s, for_s]);
    expect(planned).toEqual([
      ["server-down", 50, 2],
      ["server-down", 5, 2],
      ["session-kill", 10, 0],
      ["server-down", 55, 10],
    ]);
  });

  test("keeps what its paths mean when it stands in another folder", () => {
    const endpoints =
      "endpoints:\n  opcua: { nodesets: [../sets], users: [{ certificate: anna.pem, role: observer }] }\n";
    const plan = planOf(scenarioText({ top: endpoints }), {}, "plants/north/plant.yaml");
    const truth = { inputs: [], wireFaults: [], end_s: 1 };
    const moved = planOf(sessionScenario(plan, truth, "/tmp/session.yaml"), {}, "/tmp/session.yaml");
    const paths = ({ units }: Plan): (string | undefined)[] => {
      const { nodesets, users } = units[0]!.opcua!;
      const certificates = users.flatMap((user) => ("certificate" in user ? user.certificate : []));
      return [...nodesets, ...certificates].map((path) => resolve(path));
    };
    expect(paths(moved)).toEqual(paths(plan));
    expect(paths(plan)).toEqual([resolve("plants/sets"), resolve("plants/north/anna.pem")]);
    expect(dirname(moved.file)).toBe("/tmp");
  });
});

test("an exact duration is read back to the last bit", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-60, max: 3e9, noNaN: true }), (seconds) => {
      expect(parseDuration(exactDuration(seconds))).toBe(seconds);
    }),
  );
});
