import { EXIT } from "../errors.ts";
import {
  isSaturated,
  type CheckOutcome,
  type GatewayCounts,
  type MqttSnCounts,
  type OpcUaCounts,
  type Percentiles,
  type RunResult,
  type ThresholdOutcome,
  type View,
  type ViewQuery,
  type ViewRow,
  type WireCounts,
} from "../runtime/result.ts";
import { formatCommand, pathWord, type CommandParts } from "./command.ts";
import { titleOf, WORD_OF_CODE } from "./reported-run.ts";
import {
  counted,
  explainCheck,
  explainThreshold,
  formatAllSeen,
  formatSeed,
  plantTime,
} from "./verdict-text.ts";

/** Plants up to this size show a line a unit. */
const UNITS_SHOWN_MAX = 8;
/** Things not done that are told; a fleet that refuses something refuses it many times. */
const ACTIONS_TOLD_MAX = 8;

/** The plant's calendar: "Mon 06:00:05". */
function formatCalendar(calendar_ms: number): string {
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

/** A plant at a moment, as lines for a log; the view answers STATUS_QUERY. */
export function formatStatus(view: View): string[] {
  const clock = formatCalendar(view.calendar_ms);
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

const formatOpcUa = ({ servers, sessions, monitoredItems, faults }: OpcUaCounts): string =>
  `OPC UA ${servers} servers, ${sessions} sessions, ${monitoredItems} items${faults > 0 ? `, ${faults} faults contained` : ""}`;

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

/** A gateway at a moment, as a line for a log. */
const TROUBLES = {
  refused: "refused",
  lostClients: "lost",
  dropped: "dropped",
  undelivered: "undelivered",
  malformed: "malformed",
  brokerDropped: "dropped by the broker",
  faults: "faults contained",
} as const satisfies Partial<Record<keyof GatewayCounts, string>>;

export function formatGateway(counts: GatewayCounts): string {
  const { clients, publishedQos0, publishedQos1, publishedQos2, delivered } = counts;
  const published = publishedQos0 + publishedQos1 + publishedQos2;
  const troubles = Object.entries(TROUBLES)
    .map(([name, word]) => [counts[name as keyof typeof TROUBLES], word] as const)
    .filter(([count]) => count > 0)
    .map(([count, word]) => `, ${count} ${word}`);
  return `${clients} clients, ${published} published, ${delivered} delivered${troubles.join("")}`;
}

/**
 * What a run came to, with seed, digest and the command that repeats it.
 *
 * @param record  file with the commands that the run was given, if they were recorded
 */
export function formatSummary(result: RunResult, record?: string): string[] {
  const ending = result.ending === "duration" ? "ended" : result.ending;
  const ratio = result.plantTime_s / Math.max(result.wallTime_s, 1e-3);
  return [
    `${result.scenario} ${ending} after ${seconds(result.plantTime_s)} of plant time`,
    `  wall time ${seconds(result.wallTime_s)} (${ratio.toFixed(ratio < 10 ? 1 : 0)} times real time)`,
    `  units     ${result.units}${ofAll(result)}, ${result.partsProduced} parts produced, ${result.events} events`,
    `  wire      ${formatWire(result.wire)}`,
    ...formatLatency(result.wire),
    ...formatPace(result),
    ...formatNorth(result),
    ...formatActions(result),
    ...formatVerdicts(result),
    `  seed      ${formatSeed(result.seed)}`,
    `  digest    ${result.digest} (Taktwerk ${result.version})`,
    `  again     ${again(result, record)}`,
  ];
}

/** What became of messages behind the system under test, and how that did. */
export function formatNorth({ north, sut, notJudged, abortedBy }: RunResult): string[] {
  const lines: string[] = [];
  if (sut) {
    const version = sut.version === undefined ? "" : ` ${sut.version}`;
    const allowed = sut.outages === undefined ? "" : ", outages allowed";
    const ending = sut.ending === undefined ? "" : `, which ${sut.ending}`;
    lines.push(`  tested    ${sut.name}${version}${allowed}${ending}`);
  }
  for (const [phase, counts] of Object.entries(north?.phases ?? {})) {
    const said = Object.entries(NORTH_WORDS).flatMap(([key, word]) => {
      const count = counts[key as keyof typeof NORTH_WORDS];
      return count > 0 ? `, ${count} ${word}` : [];
    });
    const during = phase === "" ? "" : ` during ${phase}`;
    lines.push(`  north     ${counts.arrived} of ${counts.sent} messages arrived${said.join("")}${during}`);
  }
  lines.push(...formatOutages(north?.outages ?? []));
  if (abortedBy !== undefined) lines.push(`  aborted   by ${abortedBy}, which did not hold any more`);
  if (notJudged !== undefined) lines.push(`  not judged: ${notJudged}`);
  return lines;
}

/** Outages that are told one by one. */
const OUTAGES_MAX = 5;

function formatOutages(outages: NonNullable<RunResult["north"]>["outages"]): string[] {
  const lines = outages.slice(0, OUTAGES_MAX).map((outage) => {
    const { begin_s, length_s, seenBy, units, first, reason, cause } = outage;
    const more = units > first.length ? ` and ${units - first.length} more` : "";
    const who = units === 0 ? "" : ` (${first.join(", ")}${more})`;
    const whose = cause === "unknown" ? "" : `, by ${CAUSES[cause] ?? cause}`;
    const what = `${REASONS[reason] ?? reason}${whose}`;
    return `  outage    from ${begin_s.toFixed(1)} s for ${length_s.toFixed(1)} s, seen by ${seenBy}${who}: ${what}`;
  });
  const rest = outages.length - lines.length;
  return rest > 0 ? [...lines, `  outage    and ${rest} more`] : lines;
}

const CAUSES: Readonly<Record<string, string>> = { gateway: "the gateway", fault: "a fault of ours" };

const REASONS: Readonly<Record<string, string>> = {
  "no-answer": "no answer",
  "gateway-disconnected": "sent away",
  "connection-refused": "CONNECT refused",
  "messages-refused": "each message refused",
  "connection-lost": "connection lost",
};

const NORTH_WORDS = {
  lost: "lost",
  withheld: "withheld",
  lostAsExpected: "lost as expected",
  suppressed: "suppressed",
  notAttributable: "not attributable",
  unfinished: "unfinished",
  duplicated: "doubled",
  duplicatedAsAllowed: "doubled as allowed",
  reordered: "reordered",
  altered: "altered",
  unknown: "unknown",
  disturbed: "disturbed by us",
} as const;

/** What the scenario did, and all that could not be done. */
function formatActions({ actions }: RunResult): string[] {
  if (actions.length === 0) return [];
  const left = actions.filter(({ done }) => !done);
  return [
    `  actions   ${actions.length - left.length} done, ${left.length} not done`,
    ...left.slice(0, ACTIONS_TOLD_MAX).map(({ unit, id, what, time_s, reason }) => {
      const where = unit === "" ? "" : `${unit} `;
      return `            ${where}at ${plantTime(time_s)}: ${id} (${what}) was not done: ${reason}`;
    }),
    ...(left.length > ACTIONS_TOLD_MAX
      ? [`            and ${left.length - ACTIONS_TOLD_MAX} more, which --json FILE keeps`]
      : []),
  ];
}

/** A line for each check and threshold, and below those that failed what was seen. */
function formatVerdicts({ checks, thresholds, wireDemand, notJudged }: RunResult): string[] {
  if (checks.length + thresholds.length === 0 && notJudged === undefined)
    return ["  verdict   nothing was judged: there are no checks and no thresholds"];
  const width = Math.max(
    0,
    ...checks.map(({ name }) => name.length),
    ...thresholds.map(({ text }) => text.length),
  );
  return [
    ...checks.flatMap((check) => [
      `  ${formatCheck(check, width)}`,
      ...formatAllSeen(check.evidence).map((line) => `            ${line}`),
    ]),
    ...thresholds.map((threshold) => `  ${formatThreshold(threshold, width, wireDemand)}`),
  ];
}

function formatCheck(check: CheckOutcome, width: number): string {
  return `${check.verdict.padEnd(9)} ${check.name.padEnd(width)}  ${explainCheck(check)}`;
}

function formatThreshold(
  threshold: ThresholdOutcome,
  width: number,
  wireDemand: RunResult["wireDemand"],
): string {
  const { verdict, text } = threshold;
  return `${verdict.padEnd(9)} ${text.padEnd(width)}  ${explainThreshold(threshold, wireDemand)}`;
}

/** Of messages at QoS 1 and 2; at QoS 0 nobody says when they have arrived. */
function formatLatency({ mqttsnLatency }: WireCounts): string[] {
  if (!mqttsnLatency || mqttsnLatency.roundTrip.count === 0) return [];
  const spread = ({ p50_ms, p99_ms, max_ms }: Percentiles): string =>
    `p50 ${p50_ms.toFixed(1)}, p99 ${p99_ms.toFixed(1)}, max ${max_ms.toFixed(1)} ms`;
  const { acknowledged, roundTrip, until_s } = mqttsnLatency;
  const late = acknowledged.count === 0 ? "" : `acknowledged ${spread(acknowledged)} after the intended time`;
  const upTo = until_s === undefined ? "" : formatUntil(until_s);
  return [`  latency   ${late === "" ? "" : `${late}${upTo}; `}round trip ${spread(roundTrip)}`];
}

/** How long it was known when a message should go out. @param until_s  plant time */
export const formatUntil = (until_s: number): string =>
  ` until ${plantTime(until_s)}, when time first stood or changed its speed`;

/** Told when it was too slow for what it had on the wire. */
function formatPace(result: RunResult): string[] {
  if (!isSaturated(result)) return [];
  const behind = `${(result.behind_ms / 1000).toFixed(1)} s`;
  return [`  pace      ${behind} behind wall time at worst: inconclusive, this machine is too slow for it`];
}

/** What the summary of a shard, or of several processes, has to add. */
function ofAll({ units, unitsPlanned, hosts }: RunResult): string {
  const part = units === unitsPlanned ? "" : ` of ${unitsPlanned}`;
  return hosts === 1 ? part : `${part} on ${hosts} hosts`;
}

/** How to do a run again, which commands from outside belong to. @param record  file that they were kept in */
export function again(result: RunResult, record: string | undefined): string {
  if (result.inputs === 0) return rerunCommand(result);
  if (record !== undefined) return `taktwerk replay ${pathWord(record)}`;
  return `not without ${counted(result.inputs, "command")}, which --record FILE keeps, and w in the control room`;
}

/** The command that gives the same digest, and does the same on the wire if the scenario has something to do there. */
function rerunCommand(result: RunResult): string {
  const speed = result.wireDemand === "met" ? 1 : "max";
  return formatCommand("run", { ...result, speed, duration_s: result.plantTime_s });
}

/** How one of several runs ended. */
export interface MatrixOutcome {
  readonly plan: Omit<CommandParts, "shard"> & { readonly name: string };
  /** The exit code that it would have had alone. */
  readonly code: number;
}

/** Which of several runs has ended, and how: "failed 2/3  bearing (plants/bearing.yaml), seed 42" */
export const formatOutcome = ({ plan, code }: MatrixOutcome, number: number, of: number): string =>
  `${WORD_OF_CODE[code] ?? `code ${code}`} ${number}/${of}  ${titleOf(plan)}`;

/** What one of several runs that has passed came to, behind its outcome. */
export function formatPassed({ checks, thresholds, plantTime_s, wallTime_s, digest }: RunResult): string {
  const judged = `${checks.length + thresholds.length} checks and thresholds`;
  return `${seconds(plantTime_s)} in ${seconds(wallTime_s)}  ${judged}  digest ${digest}`;
}

/** What several runs came to: each scenario's seeds, and how to repeat what has not passed. */
export function formatMatrix(outcomes: readonly MatrixOutcome[], left: number): string[] {
  const failed = outcomes.filter(({ code }) => code !== EXIT.pass);
  const passed = outcomes.length - failed.length;
  const rest = left > 0 ? `, ${left} not run` : "";
  const files = [...new Set(outcomes.map(({ plan }) => plan.file))];
  return [
    `${outcomes.length + left} runs: ${passed} passed, ${failed.length} failed${rest}`,
    ...files.map((file) => {
      const own = outcomes.filter(({ plan }) => plan.file === file);
      const good = own.filter(({ code }) => code === EXIT.pass).length;
      return `  ${titleOf({ ...own[0]!.plan, seed: undefined })}: ${good} of ${own.length} passed`;
    }),
    ...failed.map(({ plan, code }) => `  code ${String(code).padEnd(4)} ${formatCommand("run", plan)}`),
  ];
}

const seconds = (value: number): string => `${value < 100 ? value.toFixed(2) : value.toFixed(0)} s`;
