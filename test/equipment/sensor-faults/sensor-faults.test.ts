/** What each kind of sensor fault does to samples, as a protocol sees them through the port, and that it goes again. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { REFUSAL } from "../../../src/equipment/command.ts";
import { SENSOR_FAULTS } from "../../../src/equipment/sensor-faults/catalogue.ts";
import { Plant } from "../../../src/plant/plant.ts";
import type { CommandResult, GroupSample, Value } from "../../../src/protocol/port.ts";
import { demoPlan } from "../../support/demo-plant.ts";

const UNIT = "cnc-01";
const [PLANNED] = demoPlan().units;
const [BEGIN_S, CLEAR_S, END_S] = [100.003, 400.003, 500];
const GOOD = 0;
const START_MS = Date.UTC(2026, 0, 1);

type Given = Record<string, string | number>;

const makePlant = (): Plant => new Plant(42, { start_ms: 0, wireStart_ms: START_MS }, [PLANNED!]);

const inject = (plant: Plant, fault: string, given: Given = {}): CommandResult =>
  plant.command(UNIT, { name: "inject-fault", arguments: { fault, id: fault, ...given } });

const clearing = (id: string) => ({ name: "clear-fault", arguments: { id } });

function clear(plant: Plant, id: string): void {
  expect(plant.command(UNIT, clearing(id))).toEqual({ done: true });
}

/** Of one signal: as it was told, in that order. */
interface Told {
  readonly tick: number;
  readonly time_s: number;
  readonly value: Value;
  readonly status: number;
  readonly timestamp_ms: number;
}

interface Story {
  readonly during: readonly Told[];
  readonly after: readonly Told[];
}

function follow(plant: Plant, signal: string): Told[] {
  const told: Told[] = [];
  const group = plant.units[0]!.groups.find(({ signals }) => signals.some(({ id }) => id === signal))!;
  const index = group.signals.findIndex(({ id }) => id === signal);
  plant.watch(UNIT, group.id, ({ tick, time_s, timestamp_ms, values, statuses }: GroupSample) => {
    told.push({ tick, time_s, timestamp_ms, value: values[index]!, status: statuses[index]! });
  });
  return told;
}

const split = (told: readonly Told[]): Story => ({
  during: told.filter(({ time_s }) => time_s > BEGIN_S && time_s < CLEAR_S),
  after: told.filter(({ time_s }) => time_s > CLEAR_S),
});

/** A signal with a fault from 100 to 400 s, and the same without it. */
function lie(fault: string, signal: string, given: Given): { readonly lying: Story; readonly sound: Story } {
  const [faulty, healthy] = [makePlant(), makePlant()];
  const told = [follow(faulty, signal), follow(healthy, signal)] as const;
  faulty.advance(BEGIN_S);
  expect(inject(faulty, fault, given)).toEqual({ done: true });
  faulty.advance(CLEAR_S);
  clear(faulty, fault);
  faulty.advance(END_S);
  healthy.advance(END_S);
  return { lying: split(told[0]), sound: split(told[1]) };
}

const numbers = (told: readonly Told[]): number[] => told.map(({ value }) => value as number);
/** By how much each sample of two stories differs, rounded to its last digit. */
const differences = (a: readonly Told[], b: readonly Told[], decimals: number): number[] =>
  numbers(a).map((value, i) => Number((value - numbers(b)[i]!).toFixed(decimals)));
const variance = (values: readonly number[]): number => {
  const mean = values.reduce((sum, it) => sum + it, 0) / values.length;
  return values.reduce((sum, it) => sum + (it - mean) ** 2, 0) / values.length;
};

interface Case {
  readonly fault: string;
  readonly signal: string;
  readonly given: Given;
  readonly shows: (lying: readonly Told[], sound: readonly Told[]) => void;
}

const allGood = (told: readonly Told[]): void =>
  expect(told.every(({ status }) => status === GOOD)).toBe(true);

const CASES: readonly Case[] = [
  {
    fault: "sensor-stuck",
    signal: "active-power",
    given: { signal: "active-power" },
    shows: (lying, sound) => {
      expect(new Set(numbers(lying)).size).toBe(1);
      expect(new Set(numbers(sound)).size).toBeGreaterThan(50);
      allGood(lying);
    },
  },
  {
    fault: "sensor-rail",
    signal: "air-pressure",
    given: { signal: "air-pressure", end: "high" },
    shows: (lying) => {
      expect(new Set(numbers(lying))).toEqual(new Set([12]));
      expect(new Set(lying.map(({ status }) => status))).toEqual(new Set([0x808c0000]));
    },
  },
  {
    fault: "sensor-bias",
    signal: "chiller-temperature",
    given: { signal: "chiller-temperature", offset: 4, severity: 0.5 },
    shows: (lying, sound) => {
      expect(new Set(differences(lying, sound, 1))).toEqual(new Set([2]));
      allGood(lying);
    },
  },
  {
    fault: "sensor-drift",
    signal: "chiller-temperature",
    given: { signal: "chiller-temperature", per_hour: 36 },
    shows: (lying, sound) => {
      const wanted = lying.map(({ time_s }) => (time_s - BEGIN_S) / 100);
      const off = differences(lying, sound, 1);
      expect(off.every((it, i) => Math.abs(it - wanted[i]!) <= 0.11)).toBe(true);
      expect(off.at(-1)).toBeGreaterThan(2.8);
      allGood(lying);
    },
  },
  {
    fault: "sensor-gain",
    signal: "hydraulic-pressure",
    given: { signal: "hydraulic-pressure", factor: 0.9 },
    shows: (lying, sound) => {
      for (const [i, value] of numbers(lying).entries())
        expect(Math.abs(value - 0.9 * numbers(sound)[i]!)).toBeLessThan(0.0101);
      allGood(lying);
    },
  },
  {
    fault: "sensor-spike",
    signal: "hydraulic-pressure",
    given: { signal: "hydraulic-pressure", per_hour: 120, size: 20 },
    shows: (lying, sound) => {
      const off = differences(lying, sound, 2).filter((it) => it !== 0);
      expect(off.length).toBeGreaterThan(2);
      expect(off.length).toBeLessThan(25);
      expect(off.every((it) => Math.abs(it) > 3)).toBe(true);
      expect(off.some((it) => it > 0) && off.some((it) => it < 0)).toBe(true);
      allGood(lying);
    },
  },
  {
    fault: "sensor-noise",
    signal: "hydraulic-pressure",
    given: { signal: "hydraulic-pressure", factor: 5 },
    shows: (lying, sound) => {
      const ratio = Math.sqrt(variance(numbers(lying)) / variance(numbers(sound)));
      expect(ratio).toBeGreaterThan(4.7);
      expect(ratio).toBeLessThan(5.3);
      allGood(lying);
    },
  },
  {
    fault: "sensor-dropout",
    signal: "active-power",
    given: { signal: "active-power", samples: 8, gap: 12 },
    shows: (lying, sound) => {
      const out = lying.filter(({ status }) => status !== GOOD);
      expect(new Set(out.map(({ status }) => status))).toEqual(new Set([0x40900000]));
      expect(out.length).toBeGreaterThan(40);
      expect(out.length).toBeLessThan(250);
      for (const [i, { status, value }] of lying.entries()) {
        if (status === GOOD) expect(value).toBe(sound[i]!.value);
        else if (i > 0) expect(value).toBe(lying[i - 1]!.value);
      }
    },
  },
  {
    fault: "sensor-quantisation",
    signal: "active-power",
    given: { signal: "active-power", steps: 50 },
    shows: (lying, sound) => {
      expect(numbers(lying).every((it) => Number.isInteger(Number((2 * it).toFixed(6))))).toBe(true);
      expect(differences(lying, sound, 2).every((it) => Math.abs(it) <= 0.26)).toBe(true);
      allGood(lying);
    },
  },
  {
    fault: "sensor-delay",
    signal: "power-on-time",
    given: { signal: "power-on-time", delay_s: 5 },
    shows: (lying, sound) => {
      // It counts hours to two digits, so it shows another one every 36 s.
      const changes = (told: readonly Told[]): number[] =>
        told.filter((it, i) => i > 0 && it.value !== told[i - 1]!.value).map(({ time_s }) => time_s);
      const [late, usual] = [changes(lying).slice(1), changes(sound)];
      expect(late.length).toBeGreaterThan(6);
      for (const time_s of late) expect(usual.some((it) => Math.abs(time_s - it - 5) < 1.2)).toBe(true);
      allGood(lying);
    },
  },
  {
    fault: "clock-skew",
    signal: "active-power",
    given: { group: "energy", offset_s: -60, ppm: 1000 },
    shows: (lying, sound) => {
      for (const [i, { timestamp_ms, time_s, value }] of lying.entries()) {
        const ahead_ms = timestamp_ms - sound[i]!.timestamp_ms;
        expect(Math.abs(ahead_ms - (-60_000 + (time_s - BEGIN_S)))).toBeLessThanOrEqual(1);
        expect(value).toBe(sound[i]!.value);
      }
    },
  },
  {
    fault: "sample-duplicate",
    signal: "active-power",
    given: { group: "energy", ratio: 0.2 },
    shows: (lying, sound) => {
      const more = lying.length - sound.length;
      expect(more).toBeGreaterThan(30);
      expect(more).toBeLessThan(90);
      expect(lying.filter((it, i) => it.tick !== lying[i - 1]?.tick)).toEqual(sound);
    },
  },
  {
    fault: "sample-reorder",
    signal: "active-power",
    given: { group: "energy", ratio: 0.2 },
    shows: (lying, sound) => {
      const late = lying.filter((it, i) => i > 0 && it.tick < lying[i - 1]!.tick);
      expect(late.length).toBeGreaterThan(15);
      expect(late.length).toBeLessThan(45);
      expect([...lying].sort((a, b) => a.tick - b.tick)).toEqual(sound);
    },
  },
  {
    fault: "unit-swap",
    signal: "hydraulic-pressure",
    given: { signal: "hydraulic-pressure" },
    shows: (lying, sound) => {
      for (const [i, value] of numbers(lying).entries())
        expect(Math.abs(value / numbers(sound)[i]! - 14.5038)).toBeLessThan(0.003);
      expect(numbers(lying)[0]).toBeGreaterThan(800);
      allGood(lying);
    },
  },
  {
    fault: "label-swap",
    signal: "hydraulic-pressure",
    given: { signal: "hydraulic-pressure", other: "air-pressure" },
    shows: (lying, sound) => {
      const level = makePlant();
      const told = follow(level, "air-pressure");
      level.advance(END_S);
      // Shown with two digits instead of one.
      const off = differences(lying, split(told).during, 2);
      expect(off.every((it) => Math.abs(it) <= 0.05)).toBe(true);
      expect(Math.abs(numbers(lying)[0]! - numbers(sound)[0]!)).toBeGreaterThan(3);
      allGood(lying);
    },
  },
];

test("every kind of the catalogue is looked at here, and documented", () => {
  expect(CASES.map(({ fault }) => fault)).toEqual(SENSOR_FAULTS.map(({ id }) => id));
  for (const { title, description } of SENSOR_FAULTS) {
    expect(title).not.toBe("");
    expect(description).toMatch(/\.$/);
  }
});

describe.each(CASES)("$fault", ({ fault, signal, given, shows }) => {
  test("shows in the samples while it is there, and leaves nothing behind", () => {
    const { lying, sound } = lie(fault, signal, given);
    expect(sound.during.length).toBeGreaterThan(55);
    shows(lying.during, sound.during);
    expect(lying.after.length).toBeGreaterThan(18);
    expect(lying.after).toEqual(sound.after);
  });
});

test("what drops out without a value is Bad", () => {
  const given = { signal: "active-power", quality: "bad", samples: 8, gap: 12 };
  const { lying } = lie("sensor-dropout", "active-power", given);
  const out = lying.during.filter(({ status }) => status !== GOOD);
  expect(new Set(out.map(({ status }) => status))).toEqual(new Set([0x80310000]));
});

test("a drift that comes to rest ends where its rate and its time constant say", () => {
  const given = { signal: "chiller-temperature", per_hour: 360, rest_h: 0.01 };
  const { lying, sound } = lie("sensor-drift", "chiller-temperature", given);
  expect(differences(lying.during, sound.during, 1).at(-1)).toBeCloseTo(3.6, 0);
});

test("windows that overlap compose, and each takes back its own", () => {
  const plant = makePlant();
  const told = follow(plant, "chiller-temperature");
  const isAbout = (until_s: number, value: number): void => {
    plant.advance(until_s);
    expect(Math.abs((told.at(-1)!.value as number) - value)).toBeLessThan(1);
  };
  plant.advance(100);
  const own = told.at(-1)!.value as number;
  const signal = "chiller-temperature";
  inject(plant, "sensor-bias", { signal, id: "a", offset: 10 });
  inject(plant, "sensor-bias", { signal, id: "b", offset: 5 });
  inject(plant, "sensor-gain", { signal, id: "c", factor: 2 });
  isAbout(110, 2 * (own + 15));
  clear(plant, "a");
  isAbout(120, 2 * (own + 5));
  clear(plant, "c");
  isAbout(130, own + 5);
  clear(plant, "b");
  isAbout(140, own);
});

test("whatever overlaps, in whatever order it goes again: nothing is left of it", () => {
  const signal = "chiller-temperature";
  const sound = makePlant();
  const usual = follow(sound, signal);
  sound.advance(300);
  const given = (fault: string): Given => {
    if (fault === "label-swap") return { signal, other: "air-pressure" };
    return /^(clock|sample)/.test(fault) ? { group: "thermal" } : { signal };
  };
  const window = fc.record({
    fault: fc.constantFrom(...SENSOR_FAULTS.map(({ id }) => id)),
    begin_s: fc.double({ min: 1, max: 200, noNaN: true }),
    for_s: fc.double({ min: 0, max: 100, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(window, { minLength: 2, maxLength: 8 }), (windows) => {
      const plant = makePlant();
      const told = follow(plant, signal);
      const deeds = windows.flatMap(({ fault, begin_s, for_s }, i) => [
        { time_s: begin_s, do: () => inject(plant, fault, { ...given(fault), id: `${i}` }) },
        { time_s: begin_s + for_s, do: () => plant.command(UNIT, clearing(`${i}`)) },
      ]);
      for (const deed of deeds.sort((a, b) => a.time_s - b.time_s)) {
        plant.advance(deed.time_s);
        expect(deed.do()).toEqual({ done: true });
      }
      const { time_s: over_s } = deeds.at(-1)!;
      plant.advance(300);
      const after = (it: readonly Told[]): Told[] => it.filter(({ time_s }) => time_s > over_s);
      expect(after(told)).toEqual(after(usual));
      expect(plant.faults.filter(({ until_s }) => until_s === undefined)).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

test("history tells what was published, with the status and the timestamp of then", () => {
  const plant = makePlant();
  const told = follow(plant, "active-power");
  plant.advance(BEGIN_S);
  inject(plant, "sensor-rail", { signal: "active-power" });
  inject(plant, "clock-skew", { group: "energy", offset_s: 30 });
  plant.advance(200);
  clear(plant, "sensor-rail");
  clear(plant, "clock-skew");
  plant.advance(300);
  const past = plant.history(UNIT, "active-power", START_MS, START_MS + 400_000);
  const published = told.map(({ value, status, timestamp_ms }) => ({ value, status, timestamp_ms }));
  expect(past).toEqual(published.sort((a, b) => a.timestamp_ms - b.timestamp_ms));
  const [from_ms, to_ms] = [START_MS + 205_000, START_MS + 229_000];
  const within = published.filter((it) => it.timestamp_ms >= from_ms && it.timestamp_ms <= to_ms);
  expect(within.some(({ status }) => status !== GOOD) && within.some(({ status }) => status === GOOD)).toBe(
    true,
  );
  expect(plant.history(UNIT, "active-power", from_ms, to_ms)).toEqual(within);
});

describe("what makes no sense is refused with a sentence", () => {
  test.each([
    [
      { fault: "sensor-bias", signal: "spindle-temprature" },
      '"signal": there is no signal "spindle-temprature"',
    ],
    [
      { fault: "sensor-bias", signal: "machine-state" },
      '"signal": the signal "machine-state" is no number with a range',
    ],
    [
      { fault: "unit-swap", signal: "spindle-speed" },
      '"signal": "spindle-speed" is in revolutions per minute',
    ],
    [{ fault: "label-swap", signal: "vibration", other: "nothing" }, '"other": there is no signal "nothing"'],
    [
      { fault: "label-swap", signal: "vibration", other: "vibration" },
      '"other": "vibration" cannot change places',
    ],
    [{ fault: "clock-skew", group: "motions" }, '"group": there is no poll group "motions"'],
  ])("%o", (given, reason) => {
    const result = inject(makePlant(), given.fault, given);
    expect(result).toMatchObject({ done: false, status: REFUSAL.invalidArgument });
    expect((result as { reason: string }).reason.slice(0, reason.length)).toBe(reason);
  });

  test("and so is one without a signal, or too late a delay", () => {
    const plant = makePlant();
    expect(inject(plant, "sensor-stuck")).toMatchObject({ done: false, status: REFUSAL.outOfRange });
    const late = { signal: "vibration", delay_s: 6 };
    expect(inject(plant, "sensor-delay", late)).toMatchObject({ done: false, status: REFUSAL.outOfRange });
  });
});

test("readers change nothing: a digest is that of the plant that nobody watched", () => {
  const run = (isWatched: boolean): string => {
    const plant = makePlant();
    if (isWatched) for (const { id } of plant.units[0]!.groups) plant.watch(UNIT, id, () => undefined);
    plant.advance(50);
    for (const { fault, given } of CASES) expect(inject(plant, fault, given)).toEqual({ done: true });
    plant.advance(300);
    for (const { fault } of CASES) clear(plant, fault);
    plant.advance(500);
    return plant.digest;
  };
  const digest = run(false);
  expect(run(true)).toBe(digest);
  const sound = makePlant();
  sound.advance(500);
  expect(sound.digest).not.toBe(digest);
});
