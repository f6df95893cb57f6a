import type {
  Command,
  CommandResult,
  ConditionState,
  GroupSample,
  PlantPort,
  SignalDescription,
  UnitDescription,
  UnitEvent,
  Value,
} from "../../src/protocol/port.ts";

const signal = (
  id: string,
  type: SignalDescription["type"],
  unit?: SignalDescription["unit"],
  range?: SignalDescription["range"],
): SignalDescription => ({
  id,
  title: id,
  description: `${id} of the fake`,
  type,
  ...(unit ? { unit } : {}),
  ...(range ? { range } : {}),
});

const PERCENT = { code: "P1", symbol: "%", name: "percent" };
const RPM = { code: "RPM", symbol: "rpm", name: "revolutions per minute" };
const CELSIUS = { code: "CEL", symbol: "°C", name: "degree Celsius" };

/** A CNC-like unit with few signals, for tests of adapters. */
export function fakeUnit(name: string, index = 0): UnitDescription {
  return {
    name,
    group: "machining",
    kind: "cnc",
    model: "cnc/vmc-3axis-15kw",
    index,
    nameplate: {
      manufacturer: "Taktwerk",
      manufacturerUri: "https://example.org/taktwerk",
      model: "VMC 3-axis 15 kW",
      productCode: "vmc-3axis-15kw",
      serialNumber: `TW-${name}`,
      productInstanceUri: `urn:taktwerk:vmc-3axis-15kw:${name}`,
      hardwareRevision: "1",
      softwareRevision: "1.0",
      yearOfConstruction: 2026,
      deviceClass: "MachiningCenter",
      location: "Hall 1",
    },
    components: [],
    groups: [
      {
        id: "motion",
        period_s: 0.35,
        signals: [
          signal("spindle-speed", "int32", RPM, { low: 0, high: 12_000 }),
          signal("spindle-load", "int32", PERCENT, { low: 0, high: 200 }),
        ],
      },
      {
        id: "status",
        period_s: 1,
        signals: [
          signal("program", "string"),
          signal("parts-produced", "uint32"),
          signal("spindle-temperature-high", "boolean"),
        ],
      },
      {
        id: "thermal",
        period_s: 5,
        signals: [signal("spindle-temperature", "double", CELSIUS, { low: 0, high: 100 })],
      },
    ],
    history_s: 0,
    conditions: [
      {
        id: "spindle-temperature-high",
        title: "Spindle temperature high",
        description: "The bearing is hotter than its limit.",
        message: "SPINDLE TEMPERATURE HIGH",
        code: "9031",
        severity: 600,
        category: "maintenance",
        signal: "spindle-temperature",
      },
    ],
    commands: [],
    jobs: undefined,
  };
}

const key = (unit: string, group: string): string => `${unit}/${group}`;

/** A plant whose ticks a test emits by hand. */
export class FakePlant implements PlantPort {
  readonly units: readonly UnitDescription[];
  now_ms = Date.UTC(2026, 0, 1);
  readonly #last = new Map<string, GroupSample>();
  readonly #eventListeners = new Map<string, Set<(event: UnitEvent) => void>>();
  readonly #watchers = new Map<string, Set<(sample: GroupSample) => void>>();

  constructor(units: readonly UnitDescription[]) {
    this.units = units;
  }

  /** The next tick of a group with these values, all Good; timestamps count from 2026-01-01T00:00:00Z. */
  emit(unit: string, group: string, values: readonly Value[]): GroupSample {
    const description = this.units.find((u) => u.name === unit)?.groups.find((g) => g.id === group);
    if (!description) throw new Error(`no group ${key(unit, group)}`);
    const tick = (this.#last.get(key(unit, group))?.tick ?? -1) + 1;
    const time_s = Math.round(tick * description.period_s * 1000) / 1000;
    const timestamp_ms = Date.UTC(2026, 0, 1) + Math.round(time_s * 1000);
    const sample = { group, tick, time_s, timestamp_ms, values, statuses: values.map(() => 0) };
    this.#last.set(key(unit, group), sample);
    for (const listener of this.#watchers.get(key(unit, group)) ?? []) listener(sample);
    return sample;
  }

  read(unit: string, group: string): GroupSample | undefined {
    return this.#last.get(key(unit, group));
  }

  command(_unit: string, _command: Command): CommandResult {
    return { done: true };
  }

  /** Tells the unit's listeners that something happened. */
  happen(event: UnitEvent): void {
    for (const listener of this.#eventListeners.get(event.unit) ?? []) listener(event);
  }

  events(unit: string, listener: (event: UnitEvent) => void): () => void {
    const listeners = this.#eventListeners.get(unit) ?? new Set();
    this.#eventListeners.set(unit, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  conditions(unit: string): ConditionState[] {
    const conditions = this.units.find(({ name }) => name === unit)?.conditions ?? [];
    return conditions.map(({ id }) => ({
      id,
      active: false,
      acknowledged: true,
      confirmed: true,
      shelving: "unshelved",
      unshelves_ms: undefined,
      comment: "",
      commentBy: "",
      timestamp_ms: Date.UTC(2026, 0, 1),
      activeTimestamp_ms: Date.UTC(2026, 0, 1),
    }));
  }

  history(): [] {
    return [];
  }

  jobs(): [] {
    return [];
  }

  watch(unit: string, group: string, listener: (sample: GroupSample) => void): () => void {
    const listeners = this.#watchers.get(key(unit, group)) ?? new Set();
    this.#watchers.set(key(unit, group), listeners.add(listener));
    return () => listeners.delete(listener);
  }
}
