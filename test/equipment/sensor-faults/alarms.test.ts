/** A sensor that lies raises an alarm without a cause, or hides one that has a cause. */
import { expect, test } from "vitest";
import { measuredValue, type NumericSignal } from "../../../src/signal/signal.ts";
import { aloneCnc } from "../../support/cnc-plant.ts";

type Alone = ReturnType<typeof aloneCnc>;

const inject = ({ faults }: Alone, fault: string, given: Record<string, string | number> = {}): void =>
  expect(faults.command({ name: "inject-fault", arguments: { fault, id: fault, ...given } })).toEqual({
    done: true,
  });

const HOT = "spindle-temperature-high";
const signal = { signal: "spindle-temperature" };

function temperatures({ groups, simulation }: Alone): { readonly truth: number; readonly measured: number } {
  const found = groups.flatMap((group) => group.signals).find(({ id }) => id === "spindle-temperature");
  const { now_s } = simulation;
  const it = found as NumericSignal;
  return { truth: it.truth.value(now_s), measured: measuredValue(it, now_s) };
}

test("a stuck temperature hides that the spindle overheats, until it is freed", () => {
  const [stuck, seeing] = [aloneCnc(), aloneCnc()];
  for (const alone of [stuck, seeing]) {
    alone.simulation.run(60);
    if (alone === stuck) inject(alone, "sensor-stuck", signal);
    inject(alone, "spindle-bearing-wear", { severity: 1 });
    alone.simulation.run(4200);
  }
  expect([stuck, seeing].map((alone) => alone.condition(HOT).active)).toEqual([false, true]);
  const { truth, measured } = temperatures(stuck);
  expect(truth).toBeCloseTo(temperatures(seeing).truth, 6);
  expect(truth - measured).toBeGreaterThan(20);
  stuck.faults.clear("sensor-stuck");
  stuck.simulation.run(5000);
  expect(stuck.condition(HOT).activeChanged_s).toBeGreaterThan(4200);
  const hidden = stuck.faults.windows.find(({ kind }) => kind === "sensor-stuck")!;
  expect(hidden).toMatchObject({
    parameters: signal,
    raises: [HOT],
    masks: [HOT],
    from_s: 60,
    until_s: 4200,
  });
});

test("a bias raises the alarm of a cool spindle, after its delay and no later, and takes it back", () => {
  const alone = aloneCnc();
  alone.simulation.run(100);
  inject(alone, "sensor-bias", { ...signal, offset: 60 });
  alone.simulation.run(109.9);
  expect(alone.condition(HOT).active).toBe(false);
  alone.simulation.run(110.1);
  expect([alone.condition(HOT).active, alone.condition(HOT).activeChanged_s]).toEqual([true, 110]);
  alone.faults.clear("sensor-bias");
  alone.simulation.run(111);
  expect(alone.condition(HOT).active).toBe(false);
});

test.each([
  ["sensor-rail", { signal: "air-pressure", end: "low" }, "air-pressure-low", ["raises"]],
  ["sensor-bias", { signal: "air-pressure", offset: -3 }, "air-pressure-low", ["raises"]],
  ["sensor-gain", { signal: "hydraulic-pressure", factor: 0.6 }, "clamp-pressure-low", ["raises"]],
  ["sensor-drift", { signal: "chiller-temperature", per_hour: 200 }, "chiller-fault", ["raises"]],
  ["unit-swap", { signal: "chiller-temperature" }, "chiller-fault", ["raises"]],
  [
    "label-swap",
    { signal: "chiller-temperature", other: "coolant-level" },
    "chiller-fault",
    ["raises", "masks"],
  ],
])("%s of %o raises %s, and its record says so", (fault, given, condition, roles) => {
  const alone = aloneCnc();
  alone.simulation.run(30);
  inject(alone, fault, given);
  alone.simulation.run(1200);
  expect(alone.condition(condition).active).toBe(true);
  const [window] = alone.faults.windows;
  expect(["raises", "masks"].filter((it) => window![it as "raises" | "masks"].includes(condition))).toEqual(
    roles,
  );
});

test.each([
  ["sensor-bias", { signal: "air-pressure", offset: 3 }, "air-pressure-low", "air-dip"],
  ["sensor-gain", { signal: "hydraulic-pressure", factor: 2 }, "clamp-pressure-low", "clamp-leak"],
])("%s of %o hides %s of a %s", (fault, given, condition, cause) => {
  const [lying, seeing] = [aloneCnc(), aloneCnc()];
  inject(lying, fault, given);
  for (const alone of [lying, seeing]) {
    inject(alone, cause, { severity: 0.7 });
    alone.simulation.run(300);
  }
  expect(seeing.condition(condition).activeChanged_s).toBeGreaterThan(0);
  expect(lying.condition(condition).activeChanged_s).toBe(0);
  expect(lying.faults.windows[0]).toMatchObject({ kind: fault, raises: [], masks: [condition] });
});

test("what only touches samples raises nothing", () => {
  const alone = aloneCnc();
  const only = { signal: "chiller-temperature" };
  inject(alone, "sensor-spike", { ...only, per_hour: 3000, size: 40 });
  inject(alone, "sensor-noise", { ...only, factor: 100 });
  inject(alone, "sensor-quantisation", { ...only, steps: 10_000 });
  inject(alone, "sensor-dropout", { ...only, quality: "bad", gap: 1 });
  inject(alone, "sensor-delay", only);
  alone.simulation.run(1200);
  expect(alone.condition("chiller-fault").activeChanged_s).toBe(0);
  for (const { raises, masks } of alone.faults.windows) expect([...raises, ...masks]).toEqual([]);
});

test("one that comes and goes between two looks of the digest is in the digest all the same", () => {
  const digestsOf = (fault?: string, given = {}): string[] => {
    const alone = aloneCnc();
    alone.simulation.run(10);
    const kind = alone.faults.kinds.get(fault ?? "");
    if (kind) alone.faults.begin(kind, "f", kind.parameters.parse(given), kind.onset_s);
    alone.simulation.run(20);
    const begun = alone.digest.hex;
    if (kind) alone.faults.clear("f");
    return [begun, alone.digest.hex];
  };
  const all = [
    digestsOf(),
    digestsOf("sensor-bias", signal),
    digestsOf("sensor-bias", { ...signal, severity: 0.5 }),
    digestsOf("sensor-noise", signal),
    digestsOf("clock-skew"),
    digestsOf("clock-skew", { group: "thermal" }),
  ];
  const [[sound]] = all as [[string]];
  const others = all.slice(1).flat();
  expect(new Set([sound, ...others]).size).toBe(1 + others.length);
});
