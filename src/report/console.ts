import type {
  MqttSnCounts,
  OpcUaCounts,
  RunResult,
  View,
  ViewQuery,
  ViewRow,
  WireCounts,
} from "../runtime/result.ts";

/** Plants up to this size show a line a unit. */
const UNITS_SHOWN_MAX = 8;

/** The plant's calendar: "Mon 06:00:05". */
export function formatCalendar(calendar_ms: number): string {
  const date = new Date(calendar_ms);
  const day = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][date.getUTCDay()]!;
  return `${day} ${date.toISOString().slice(11, 19)}`;
}

/** What a status shows of a plant; a larger one is counted by state. */
export const STATUS_QUERY: ViewQuery = {
  columns: [
    "machine-state",
    "tool-number",
    "program",
    "spindle-speed",
    "spindle-load",
    "active-power",
    "spindle-temperature",
    "parts-produced",
  ],
  offset: 0,
  limit: UNITS_SHOWN_MAX,
};

/**
 * A plant at a moment, as lines for a log.
 *
 * @param view      answer to STATUS_QUERY
 * @param start_ms  the plant's calendar at plant time 0
 */
export function formatStatus(view: View, start_ms: number): string[] {
  const clock = formatCalendar(start_ms + view.plantTime_s * 1000);
  const wire = formatWire(view.wire);
  if (view.units <= UNITS_SHOWN_MAX)
    return [`${clock}  ${wire}`, ...view.rows.map((row) => `  ${formatUnit(row)}`)];
  const states = Object.entries(view.states).sort((a, b) => b[1] - a[1]);
  const summary = states.map(([state, count]) => `${count} ${state}`).join(", ");
  return [`${clock}  ${view.units} units: ${summary}  ${wire}`];
}

function formatUnit({ name, values }: ViewRow): string {
  const value = (id: string): string => String(values[id] ?? "-");
  const number = (id: string, decimals: number): string => {
    const found = values[id];
    return typeof found === "number" ? found.toFixed(decimals) : "-";
  };
  const tool = value("tool-number");
  return [
    name.padEnd(12),
    value("machine-state").padEnd(11),
    (tool === "" || tool === "-" ? "" : `T${tool}`).padEnd(4),
    value("program").padEnd(14),
    `${number("spindle-speed", 0).padStart(6)} r/min`,
    `${number("spindle-load", 0).padStart(4)} %`,
    `${number("active-power", 1).padStart(6)} kW`,
    `${number("spindle-temperature", 1).padStart(6)} °C`,
    `${number("parts-produced", 0).padStart(4)} parts`,
  ].join(" ");
}

function formatWire({ opcua, mqttsn }: WireCounts): string {
  const parts = [opcua && formatOpcUa(opcua), mqttsn && formatMqttSn(mqttsn)].filter(
    (part) => part !== undefined,
  );
  return parts.length === 0 ? "no endpoints" : parts.join(" · ");
}

const formatOpcUa = ({ servers, sessions, monitoredItems }: OpcUaCounts): string =>
  `OPC UA ${servers} servers, ${sessions} sessions, ${monitoredItems} items`;

function formatMqttSn(counts: MqttSnCounts): string {
  const { devices, published, acknowledged, suppressed, failed, retransmitted } = counts;
  const details = [
    acknowledged > 0 ? `, ${acknowledged} acknowledged` : "",
    suppressed > 0 ? `, ${suppressed} suppressed` : "",
    failed > 0 ? `, ${failed} failed` : "",
    retransmitted > 0 ? `, ${retransmitted} sent again` : "",
  ].join("");
  return `MQTT-SN ${devices} devices, ${published} published${details}`;
}

/** What a run came to, with seed, digest and the command that repeats it. */
export function formatSummary(result: RunResult): string[] {
  const ending = result.ending === "interrupted" ? "interrupted" : "ended";
  const ratio = result.plantTime_s / Math.max(result.wallTime_s, 1e-3);
  return [
    `${result.scenario} ${ending} after ${seconds(result.plantTime_s)} of plant time`,
    `  wall time ${seconds(result.wallTime_s)} (${ratio.toFixed(ratio < 10 ? 1 : 0)} times real time)`,
    `  units     ${result.units}, ${result.partsProduced} parts produced, ${result.events} events`,
    `  wire      ${formatWire(result.wire)}`,
    `  seed      ${result.seed}`,
    `  digest    ${result.digest} (Taktwerk ${result.version})`,
    `  again     ${rerunCommand(result)}`,
  ];
}

/** The command that gives the same digest. */
export function rerunCommand({ file, seed, plantTime_s }: RunResult): string {
  return formatCommand("run", { file, seed, speed: "max", duration_s: plantTime_s });
}

/** What a command line has to say to start a run. */
export interface CommandParts {
  readonly file: string;
  readonly seed: number | string;
  readonly speed: number | "max";
  /** Infinity for a run that somebody ends. */
  readonly duration_s: number;
}

/** A command that can be pasted into a shell. */
export function formatCommand(verb: "up" | "run", { file, seed, speed, duration_s }: CommandParts): string {
  const duration = duration_s === Infinity ? "" : ` --duration ${Math.round(duration_s * 1e6) / 1e6}s`;
  return `taktwerk ${verb} ${shellWord(file)} --seed ${shellWord(String(seed))} --speed ${speed}${duration}`;
}

/** Quoted where a shell would see more in it than a word. */
const shellWord = (text: string): string =>
  /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

const seconds = (value: number): string => `${value < 100 ? value.toFixed(2) : value.toFixed(0)} s`;
