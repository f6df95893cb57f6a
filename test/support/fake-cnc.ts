import type {
  CommandDescription,
  EngineeringUnit,
  GroupDescription,
  SignalDescription,
  ToolDescription,
  UnitDescription,
  Value,
} from "../../src/protocol/port.ts";
import { CNC_COMMANDS } from "../../src/equipment/cnc/commands.ts";
import { FakePlant, fakeUnit } from "./fake-plant.ts";

const UNITS = {
  mm: { code: "MMT", symbol: "mm", name: "millimetre" },
  percent: { code: "P1", symbol: "%", name: "percent" },
  rpm: { code: "RPM", symbol: "rpm", name: "revolutions per minute" },
  kw: { code: "KWT", symbol: "kW", name: "kilowatt" },
  mmMin: { code: "H81", symbol: "mm/min", name: "millimetre per minute" },
  minute: { code: "MIN", symbol: "min", name: "minute [unit of time]" },
  hour: { code: "HUR", symbol: "h", name: "hour" },
  kwh: { code: "KWH", symbol: "kW·h", name: "kilowatt hour" },
  celsius: { code: "CEL", symbol: "°C", name: "degree Celsius" },
} as const satisfies Record<string, EngineeringUnit>;

const plain = (id: string, type: SignalDescription["type"]): SignalDescription => ({
  id,
  title: id,
  description: `${id} of the fake`,
  type,
});

const measured = (
  id: string,
  type: "int32" | "double",
  unit: EngineeringUnit,
  low: number,
  high: number,
): SignalDescription => ({ ...plain(id, type), unit, range: { low, high } });

/** Minutes that a tool of the fake lasts. */
const TOOL_LIFE_MIN = 60;

const TOOLS: readonly ToolDescription[] = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => ({
  number,
  title: `Tool ${number} of the fake`,
  life: `tool-${number}-life`,
  locked: `tool-${number}-locked`,
}));

/** As the plant's own, whether it has it by now or not. */
const CHANGE_TOOL: CommandDescription = {
  name: "change-tool",
  title: "Change tool",
  description: "Puts another tool into the spindle.",
  arguments: [{ name: "tool", type: "double", description: "The tool's number" }],
};

const GROUPS: readonly GroupDescription[] = [
  {
    id: "motion",
    period_s: 0.35,
    signals: [
      measured("x-position", "double", UNITS.mm, -500, 500),
      measured("y-position", "double", UNITS.mm, -400, 400),
      measured("z-position", "double", UNITS.mm, -500, 0),
      measured("x-load", "int32", UNITS.percent, 0, 200),
      measured("y-load", "int32", UNITS.percent, 0, 200),
      measured("z-load", "int32", UNITS.percent, 0, 200),
      measured("spindle-speed", "int32", UNITS.rpm, 0, 12_000),
      { ...measured("spindle-load", "int32", UNITS.percent, 0, 200), history: "sloped" },
      measured("spindle-power", "double", UNITS.kw, 0, 30),
      measured("feed-rate", "double", UNITS.mmMin, 0, 30_000),
      measured("x-command", "double", UNITS.mm, -500, 500),
      measured("y-command", "double", UNITS.mm, -400, 400),
      measured("z-command", "double", UNITS.mm, -500, 0),
      measured("x-remaining", "double", UNITS.mm, -1000, 1000),
      measured("y-remaining", "double", UNITS.mm, -1000, 1000),
      measured("z-remaining", "double", UNITS.mm, -1000, 1000),
      measured("spindle-command", "int32", UNITS.rpm, 0, 12_000),
      measured("feed-command", "double", UNITS.mmMin, 0, 30_000),
    ],
  },
  {
    id: "status",
    period_s: 1,
    signals: [
      plain("machine-state", "string"),
      plain("item-state", "string"),
      plain("operation-mode", "string"),
      plain("channel-state", "string"),
      plain("channel-mode", "string"),
      plain("program", "string"),
      plain("program-state", "string"),
      plain("tool-number", "string"),
      measured("feed-override", "int32", UNITS.percent, 0, 150),
      measured("rapid-override", "int32", UNITS.percent, 0, 100),
      measured("spindle-override", "int32", UNITS.percent, 50, 120),
      { ...plain("parts-produced", "uint32"), history: "stepped" },
      { ...plain("power-on-time", "double"), unit: UNITS.hour, range: { low: 0, high: 100_000 } },
      plain("spindle-temperature-high", "boolean"),
      plain("block", "string"),
      plain("block-number", "uint32"),
    ],
  },
  {
    id: "energy",
    period_s: 1,
    signals: [
      measured("active-power", "double", UNITS.kw, 0, 40),
      measured("energy", "double", UNITS.kwh, 0, 1_000_000),
    ],
  },
  { id: "thermal", period_s: 5, signals: [measured("spindle-temperature", "double", UNITS.celsius, 0, 100)] },
  {
    id: "tools",
    period_s: 5,
    signals: TOOLS.flatMap(({ life, locked }) => [
      { ...plain(life, "double"), unit: UNITS.minute, lifetime: { start: 0, limit: TOOL_LIFE_MIN } },
      plain(locked, "boolean"),
    ]),
  },
  {
    id: "prognoses",
    period_s: 5,
    signals: [
      measured("tool-change-prognosis", "double", UNITS.minute, 0, 100_000),
      measured("maintenance-prognosis", "double", UNITS.hour, 0, 100_000),
    ],
  },
];

/** A unit with all signals of a CNC machine. */
export const fakeCnc = (name: string, index = 0): UnitDescription => ({
  ...fakeUnit(name, index),
  groups: GROUPS,
  history_s: 600,
  components: ["main-spindle", "x-axis", "y-axis", "z-axis", "tool-changer", "control"].map((id) => ({
    id,
    title: id,
    manufacturer: "Taktwerk",
    model: id,
    serialNumber: `${name}-${id}`,
    deviceClass: "Part",
  })),
  tools: TOOLS,
  commands: [...CNC_COMMANDS.filter(({ name }) => name !== CHANGE_TOOL.name), CHANGE_TOOL],
  jobs: { programs: ["O1000.nc"], max: 100 },
});

/** In the order of the group's signals. */
export const MOTION = [
  ...[12.345, -6.789, -100, 11, 12, 13, 8000, 40, 6.2, 1500],
  ...[12.35, -6.789, -100, 20.5, 0, 0, 8000, 1600],
] as const;
export const STATUS = [
  ...["cutting", "Executing", "Processing", "Active", "Automatic", "O1000.nc", "Running", "T3"],
  ...[100, 50, 90, 7, 1234.5, false, "N120 G01 X32.85 F1600 M08", 120],
] as const;

/** A machine that cuts: the values of each group. Tool 1 is used up, tool 2 broken. */
export const CUTTING: Readonly<Record<string, readonly Value[]>> = {
  motion: MOTION,
  status: STATUS,
  energy: [8.5, 120.25],
  thermal: [41.3],
  tools: TOOLS.flatMap(({ number }) => [number === 1 ? TOOL_LIFE_MIN : number * 1.5, number <= 2]),
  prognoses: [12.5, 40],
};

const USUAL = new Map(
  GROUPS.flatMap(({ id, signals }) => signals.map((signal, i) => [signal.id, CUTTING[id]![i]!] as const)),
);

/** One tick of each group, with values of a machine that cuts. */
export function emitAll(plant: FakePlant, unit: string): void {
  const { groups } = plant.units.find(({ name }) => name === unit)!;
  for (const { id, signals } of groups) {
    plant.emit(
      unit,
      id,
      signals.map((signal) => USUAL.get(signal.id)!),
    );
  }
}

/** A unit with neither control, tools nor prognoses: half of the nodes, where many machines are wanted. */
export function smallCnc(name: string, index = 0): UnitDescription {
  const unit = fakeCnc(name, index);
  const isLeftOut = ({ id }: SignalDescription): boolean => /^([xyz]|tool-\d+)-|-prognosis$/.test(id);
  const groups = unit.groups.map((group) => ({
    ...group,
    signals: group.signals.filter((signal) => !isLeftOut(signal)),
  }));
  return { ...unit, groups: groups.filter(({ signals }) => signals.length > 0), tools: [] };
}
