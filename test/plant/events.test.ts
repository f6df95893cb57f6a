import { expect, test } from "vitest";
import type { RecordedInput } from "../../src/plant/cell.ts";
import type { UnitEvent } from "../../src/protocol/port.ts";
import { WARM_START_MS, warmPlant } from "../support/warm-plant.ts";

test("a unit tells its events in order, without gaps, and with the time that stands on the wire", () => {
  const plant = warmPlant();
  const [heard, other]: UnitEvent[][] = [[], []];
  const stop = plant.events("cnc-01", (event) => heard!.push(event));
  plant.events("cnc-02", (event) => other!.push(event));
  plant.advance(1200);
  stop();
  const count = heard!.length;
  plant.advance(1300);
  expect(heard).toHaveLength(count);
  expect(heard!.map(({ number }) => number)).toEqual(heard!.map((_event, i) => i));
  expect(heard!.every(({ unit }) => unit === "cnc-01")).toBe(true);
  expect(heard!.find(({ source }) => source === "item-state")).toMatchObject({
    kind: "state",
    message: "item-state: NotExecuting -> Executing",
    fields: { from: "NotExecuting", to: "Executing" },
  });
  const alarm = heard!.find(({ kind }) => kind === "condition")!;
  expect(alarm).toMatchObject({ source: "spindle-temperature-high", severity: 600 });
  expect(alarm.timestamp_ms).toBe(WARM_START_MS + Math.round(alarm.time_s * 1000));
  expect(other!.length).toBeGreaterThan(10);
});

test("listening changes no digest", () => {
  const [heard, unheard] = [warmPlant(), warmPlant()];
  heard.events("cnc-01", () => undefined);
  heard.advance(1200);
  unheard.advance(1200);
  expect(heard.digest).toBe(unheard.digest);
});

test("an acknowledgement is an input: kept in the plant, recorded, and replayed to the same digest", () => {
  const [plant, again] = [warmPlant(), warmPlant()];
  const inputs: RecordedInput[] = [];
  plant.onInput = (input) => inputs.push(input);
  plant.advance(1200);
  const temperature = () => plant.conditions("cnc-01").find(({ id }) => id === "spindle-temperature-high");
  expect(temperature()).toMatchObject({ active: true, acknowledged: false });
  const note = { condition: "spindle-temperature-high", comment: "seen", by: "ann" };
  expect(plant.command("cnc-01", { name: "acknowledge", arguments: note })).toEqual({ done: true });
  expect(temperature()).toEqual({
    id: "spindle-temperature-high",
    active: true,
    acknowledged: true,
    confirmed: false,
    shelving: "unshelved",
    comment: "seen",
    commentBy: "ann",
    unshelves_ms: undefined,
    timestamp_ms: WARM_START_MS + 1_200_000,
    activeTimestamp_ms: expect.any(Number),
  });
  plant.advance(1500);
  again.replay(inputs);
  again.advance(1500);
  expect(again.digest).toBe(plant.digest);
});
