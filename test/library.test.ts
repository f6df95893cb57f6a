/** Taktwerk as a library: runs, plants moved by hand, plants on the wire. */
import mqtt from "mqtt";
import { afterEach, describe, expect, test } from "vitest";
import { CodedErrors, simulate, startPlant, stepPlant, type LivePlant } from "../src/index.ts";
import { scenarioText, UNIT } from "./support/scenario-text.ts";

const TEXT = scenarioText({ units: UNIT.replace("name:", "count: 2, name:"), top: "duration: 30m\n" });

describe("simulate", () => {
  test("gives the result, the same for the same seed, and whether checks held", async () => {
    const checks = "checks: [{ name: parts, count: 'event.kind == \"production\"', atLeast: 1 }]\n";
    const [one, again, other] = await Promise.all(
      [3, 3, 4].map((seed) => simulate({ scenario: `${TEXT}${checks}`, seed })),
    );
    expect([one!.passed, one!.digest]).toEqual([true, again!.digest]);
    expect(other!.digest).not.toBe(one!.digest);
    const failing = await simulate({ scenario: `${TEXT}${checks}`, set: ["checks.parts.atLeast=1000"] });
    expect(failing.passed).toBe(false);
  });

  test("throws what is wrong with a scenario, and takes a file", async () => {
    await expect(simulate({ scenario: TEXT.replace("bracket-al", "bracket-ag") })).rejects.toThrow(
      CodedErrors,
    );
    await expect(simulate({ scenario: TEXT, duration: "soon" })).rejects.toThrow(
      'a duration cannot be "soon"',
    );
    await expect(simulate({ scenario: scenarioText() })).rejects.toThrow("has no end");
    expect((await simulate({ scenario: "scenarios/ci-smoke.yaml" })).passed).toBe(true);
  });
});

describe("a plant moved by hand", () => {
  test("comes to the digest of a run, whatever the steps", async () => {
    const plant = stepPlant({ scenario: TEXT });
    for (let i = 0; i < 60; i++) plant.advance(30);
    expect([plant.now_s, plant.digest]).toEqual([1800, (await simulate({ scenario: TEXT })).digest]);
  });

  test.each([NaN, Infinity, -Infinity, -1, 1e308])("does not move by %d seconds", (span_s) => {
    const plant = stepPlant({ scenario: TEXT });
    expect(() => plant.advance(span_s)).toThrow(RangeError);
    expect(() => plant.advanceUntil(() => false, span_s)).toThrow(RangeError);
    expect(() => plant.advanceUntil(() => false, 1, span_s)).toThrow(RangeError);
    expect(() => plant.advanceUntil(() => false, 1, 0)).toThrow("step_s of 0 moves no time");
    expect(plant.now_s).toBe(0);
  });

  test.each([
    [{ seed: NaN }, "a seed cannot be NaN"],
    [{ seed: -1 }, "a seed cannot be -1"],
    [{ seed: 1.5 }, "a seed cannot be 1.5"],
    [{ seed: 1e308 }, "a seed cannot be 1e+308"],
    [{ seed: "" }, "a seed cannot be "],
    [{ seed: "x".repeat(201) }, "a seed cannot be x"],
    [{ duration: "1e308s" }, 'a duration cannot be "1e308s"'],
    [{ duration: "-1s" }, 'a duration cannot be "-1s"'],
  ])("is not made of %j", async (options, why) => {
    expect(() => stepPlant({ scenario: TEXT, ...options })).toThrow(why);
    await expect(simulate({ scenario: TEXT, ...options })).rejects.toThrow(why);
  });

  test.each([NaN, Infinity, 0, -1])("has no speed %d on the wire", async (speed) => {
    await expect(startPlant({ scenario: TEXT, speed })).rejects.toThrow("a speed cannot be");
  });

  test("is read, commanded and broken, and says the truth", () => {
    const plant = stepPlant({ scenario: TEXT });
    plant.advance(60);
    expect(plant.units).toEqual(["cnc-01", "cnc-02"]);
    expect(plant.read("cnc-01")["program"]).toBe("O1001-BRACKET");
    expect(plant.command("cnc-01", "set-override", { which: "feed", percent: 50 })).toEqual({ done: true });
    plant.advance(5);
    expect(plant.read("cnc-01")["feed-override"]).toBe(50);
    expect(plant.truth("cnc-02")["tool-1-wear"]).toBeGreaterThan(0);
    expect(plant.inject("cnc-02", "air-dip", "air")).toEqual({ done: true });
    const alarm = (): boolean =>
      plant.conditions("cnc-02").find(({ id }) => id === "air-pressure-low")!.active;
    plant.advanceUntil(alarm, 60);
    expect(plant.clear("cnc-02", "air")).toEqual({ done: true });
    expect(plant.faults).toMatchObject([{ unit: "cnc-02", kind: "air-dip", from_s: 65 }]);
    expect(() => plant.advanceUntil(() => false, 3)).toThrow("it was not so within 3 s of plant time");
    expect(() => plant.read("cnc-09")).toThrow("there is no unit cnc-09");
    expect(plant.inject("cnc-02", "no-fault", "x").done).toBe(false);
  });
});

describe("a plant on the wire", () => {
  const plants: LivePlant[] = [];
  afterEach(async () => {
    await Promise.all(plants.splice(0).map((plant) => plant.stop()));
  });
  const start = async (): Promise<LivePlant> => {
    const plant = await startPlant({
      scenario: TEXT.replace("fleet:", "discovery: false\nfleet:"),
      set: ["endpoints={ opcua: false }"],
    });
    plants.push(plant);
    return plant;
  };

  test("takes free ports, so that two stand side by side, and a client hears each", async () => {
    for (const plant of [await start(), await start()]) {
      const client = await mqtt.connectAsync(plant.mqttsn!.broker);
      const heard = new Promise<string>((resolve) => client.once("message", (topic) => resolve(topic)));
      await client.subscribeAsync("plant/hall/cnc-02/#");
      expect(await heard).toMatch(/^plant\/hall\/cnc-02\//);
      await client.endAsync();
    }
    expect(new Set(plants.map(({ mqttsn }) => mqttsn!.gateway)).size).toBe(2);
  });

  test("is read, broken on its wire and stopped with the ground truth", async () => {
    const plant = await start();
    await plant.waitFor(async () => "spindle-speed" in (await plant.read("cnc-01", "spindle-speed")), 10_000);
    expect(await plant.inject("cnc-01", "air-dip", "air")).toEqual({ done: true });
    expect(await plant.clear("cnc-01", "air")).toEqual({ done: true });
    expect(await plant.injectOnWire("cnc-02", "partition", "radio")).toEqual({ done: true });
    expect(await plant.clearOnWire("cnc-02", "radio")).toEqual({ done: true });
    expect(await plant.injectOnWire("cnc-02", "no-such", "x")).toMatchObject({ done: false });
    await expect(plant.waitFor(() => false, 10)).rejects.toThrow("it was not so within 10 ms");
    const { ending, faults, inputs } = await plants.pop()!.stop();
    expect([ending, inputs]).toEqual(["interrupted", 2]);
    expect(faults.map(({ unit, kind }) => `${unit} ${kind}`).sort()).toEqual([
      "cnc-01 air-dip",
      "cnc-02 partition",
    ]);
  });
});
