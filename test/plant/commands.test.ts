import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RecordedInput } from "../../src/plant/cell.ts";
import type { Plant } from "../../src/plant/plant.ts";
import type { Command } from "../../src/protocol/port.ts";
import { demoPlant } from "../support/demo-plant.ts";

const override = (which: string, percent: number): Command => ({
  name: "set-override",
  arguments: { which, percent },
});

function recorded(plant: Plant): RecordedInput[] {
  const inputs: RecordedInput[] = [];
  plant.onInput = (input) => inputs.push(input);
  return inputs;
}

describe("a command", () => {
  test("acts at the present plant time, and the signal shows it", () => {
    const plant = demoPlant();
    const inputs = recorded(plant);
    plant.due = () => 100;
    expect(plant.command("cnc-01", override("feed", 60))).toEqual({ done: true });
    expect(inputs).toEqual([
      { cell: "cnc-01", number: 0, time_s: 100, unit: "cnc-01", command: override("feed", 60) },
    ]);
    plant.due = () => 105;
    const { signals } = plant.units[0]!.groups[1]!;
    const at = signals.findIndex((signal) => signal.id === "feed-override");
    expect(plant.read("cnc-01", "status")!.values[at]).toBe(60);
  });

  test("is over at the time at which it came, whoever reads meanwhile what it changes", () => {
    const plant = demoPlant();
    const inputs = recorded(plant);
    const times = new Set<number>();
    let now_s = 20;
    plant.due = () => (now_s += 0.01);
    plant.events("cnc-01", () => void plant.read("cnc-01", "status"));
    plant.trace("cnc-01", ({ time_s }) => times.add(time_s));
    plant.read("cnc-01", "status");
    times.clear();
    expect(plant.command("cnc-01", { name: "hold", arguments: {} })).toEqual({ done: true });
    expect([...times]).toEqual([inputs[0]!.time_s]);
  });

  test("that cannot be is refused with a status and a reason, and leaves no trace", () => {
    const [plant, untouched] = [demoPlant(), demoPlant()];
    const inputs = recorded(plant);
    const refused: [Command, number, RegExp][] = [
      [override("feed", 151), 0x803c0000, /151/],
      [override("rapid", 0), 0x803c0000, /1 to 100/],
      [override("coolant", 50), 0x80ab0000, /coolant/],
      [{ name: "set-override", arguments: { which: "feed", percent: "much" } }, 0x80ab0000, /much/],
      [{ name: "fly", arguments: {} }, 0x803d0000, /fly/],
    ];
    for (const [command, status, reason] of refused) {
      expect(plant.command("cnc-01", command)).toMatchObject({
        done: false,
        status,
        reason: expect.stringMatching(reason),
      });
    }
    plant.advance(300);
    untouched.advance(300);
    expect(inputs).toEqual([]);
    expect(plant.digest).toBe(untouched.digest);
    expect(() => plant.command("nobody", override("feed", 50))).toThrow(/nobody/);
  });

  test("changes the digest of its cell and of no other", () => {
    const [plant, untouched] = [demoPlant(), demoPlant()];
    plant.command("cnc-02", override("feed", 80));
    plant.advance(300);
    untouched.advance(300);
    const changed = [...plant.digests].filter(([cell, digest]) => untouched.digests.get(cell) !== digest);
    expect(changed.map(([cell]) => cell)).toEqual(["cnc-02"]);
  });
});

describe("a replay", () => {
  const moment = fc.record({
    wait_s: fc.double({ min: 0, max: 60, noNaN: true }),
    unit: fc.constantFrom("cnc-01", "mill-02"),
    which: fc.constantFrom("feed", "rapid", "spindle"),
    percent: fc.integer({ min: 1, max: 100 }),
    together: fc.boolean(),
  });

  test("of recorded inputs gives the same digest, however time went by", () => {
    fc.assert(
      fc.property(fc.array(moment, { maxLength: 8 }), (moments) => {
        const live = demoPlant();
        const inputs = recorded(live);
        for (const { wait_s, unit, which, percent, together } of moments) {
          if (!together) live.advance(live.now_s + wait_s);
          live.command(unit, override(which, percent));
        }
        const end_s = live.now_s + 120;
        live.advance(end_s);
        const again = demoPlant();
        again.replay(JSON.parse(JSON.stringify(inputs)) as RecordedInput[]);
        again.advance(end_s);
        expect(again.digest).toBe(live.digest);
      }),
      { seed: 1, numRuns: 40 },
    );
  });

  test("puts an input at the very instant of a model event behind it, as it was live", () => {
    const [live, again] = [demoPlant(), demoPlant()];
    const inputs = recorded(live);
    for (let i = 0; i < 50; i++) {
      live.advance(live.next_s);
      live.command("cnc-01", override("feed", 100 - i));
    }
    live.advance(live.now_s + 60);
    again.replay(inputs);
    again.advance(live.now_s);
    expect(again.digest).toBe(live.digest);
    expect(again.fired).toBeGreaterThan(live.fired);
  });
});
