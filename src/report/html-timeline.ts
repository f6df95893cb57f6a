import type { RunFault, RunResult, StateBand } from "../runtime/result.ts";
import { clock, escapeHtml, table } from "./html-text.ts";

/** Rows of a timeline, and of a table of faults. */
const UNITS_SHOWN_MAX = 100;
const FAULTS_LISTED_MAX = 50;

const LEFT = 130;
const WIDTH = 800;
const RIGHT = 190;
const ROW = 24;
const BAND = 12;
const LANE = 5;

/** States that mean much the same to who looks at a shift: their colour and their word. */
const KINDS = {
  cutting: { word: "cutting", states: ["Cutting"] },
  moving: { word: "moving, changing tools", states: ["Rapid", "ToolChange"] },
  handling: {
    word: "loading, measuring, setting up",
    states: ["Loading", "Unloading", "Measuring", "SetUp"],
  },
  idle: { word: "ready, waiting, off", states: ["Ready", "Waiting", "WarmUp", "Break", "Off"] },
  held: { word: "held, stopped for a moment", states: ["Hold", "MicroStop"] },
  alarm: { word: "alarm", states: ["Alarm"] },
  service: { word: "repair, tool service", states: ["Repair", "ToolService"] },
} as const;

type Kind = keyof typeof KINDS;

/** What no kind names waits. */
const kindOf = (state: string): Kind =>
  (Object.keys(KINDS) as Kind[]).find((kind) => (KINDS[kind].states as readonly string[]).includes(state)) ??
  "idle";

/** Bands of each unit's states with the windows of its faults, and a list of those; "" when there is nothing to show. */
export function formatTimeline(result: RunResult): string {
  const { recording, faults, plantTime_s, unitsPlanned, checks } = result;
  const failed = new Set(checks.flatMap(({ evidence }) => evidence.map(({ unit }) => unit)));
  const hit = new Set(faults.map(({ unit }) => unit));
  const rank = ({ unit }: StateBand): number => (failed.has(unit) ? 0 : hit.has(unit) ? 1 : 2);
  const bands = [...(recording?.bands ?? [])].sort((a, b) => rank(a) - rank(b)).slice(0, UNITS_SHOWN_MAX);
  const left = unitsPlanned - bands.length;
  const rest = left > 0 ? `<p class="soft">${left} more units are left out.</p>` : "";
  const svg =
    bands.length === 0
      ? ""
      : `${legend(bands, result)}<div class="scroll">${draw(bands, result)}</div>${rest}`;
  if (svg === "" && faults.length === 0) return "";
  return `<h2>Timeline</h2>\n<p class="soft">${clock(plantTime_s)} of plant time.</p>${svg}${listFaults(faults)}`;
}

function legend(bands: readonly StateBand[], { faults, checks }: RunResult): string {
  const item = (kind: string, word: string): string => `<li><i class="k-${kind}"></i>${word}</li>`;
  const seen = new Set(bands.flatMap(({ states }) => states.map(kindOf)));
  const items = [...seen].map((kind) => item(kind, KINDS[kind].word));
  if (faults.length > 0) items.push(item("fault", "a fault is there (bar below)"));
  if (checks.some(({ evidence }) => evidence.length > 0)) items.push(item("seen", "a check fails (mark)"));
  return `<ul class="legend">${items.join("")}</ul>`;
}

function draw(bands: readonly StateBand[], { faults, checks, plantTime_s }: RunResult): string {
  const height = bands.length * ROW + 26;
  const x = (time_s: number): number => Math.round((LEFT + (WIDTH * time_s) / plantTime_s) * 10) / 10;
  const axis = ticks(plantTime_s).map(
    (time_s) =>
      `<line x1="${x(time_s)}" x2="${x(time_s)}" y1="0" y2="${height - 20}"/>` +
      `<text class="soft" x="${x(time_s)}" y="${height - 6}" text-anchor="middle">${clock(time_s)}</text>`,
  );
  const rows = bands.map((band, i) => {
    const y = i * ROW + 3;
    const own = faults.filter(({ unit }) => unit === band.unit);
    const lanes = own.map((fault) => {
      const [from, until] = [x(fault.from_s), x(fault.until_s ?? plantTime_s)];
      const width = Math.max(2, Math.round((until - from) * 10) / 10);
      const title = `${fault.id}: ${fault.kind}, ${windowOf(fault)}`;
      return `<rect class="k-fault" x="${from}" y="${y + BAND + 1}" width="${width}" height="${LANE}"><title>${escapeHtml(title)}</title></rect>`;
    });
    const marks = checks.flatMap(({ name, evidence }) =>
      evidence
        .filter(({ unit }) => unit === band.unit)
        .map(
          ({ time_s }) =>
            `<path class="k-seen" d="M${x(time_s)} ${y + 4}l-4 -7h8z"><title>${escapeHtml(`${name}: failed at ${clock(time_s)}`)}</title></path>`,
        ),
    );
    const shares = `<text class="soft" x="${LEFT + WIDTH + 10}" y="${y + 10}">${share(band)}</text>`;
    const name = `<text x="0" y="${y + 10}">${escapeHtml(shorten(band.unit))}<title>${escapeHtml(band.unit)}</title></text>`;
    return [name, paths(band, plantTime_s, x, y), ...lanes, ...marks, shares].join("");
  });
  const label = "What each unit did over plant time, with the faults that were there";
  return `<svg class="timeline" viewBox="0 0 ${LEFT + WIDTH + RIGHT} ${height}" role="img" aria-label="${label}">${axis.join("")}${rows.join("\n")}</svg>`;
}

/** One path for each kind of state, so that a long run stays small. */
function paths(band: StateBand, end_s: number, x: (time_s: number) => number, y: number): string {
  const drawn = new Map<Kind, string>();
  for (const [i, state] of band.states.entries()) {
    const [from, until] = [x(band.from_s[i]!), x(band.from_s[i + 1] ?? end_s)];
    const width = Math.round((until - from) * 10) / 10;
    const kind = kindOf(state);
    drawn.set(kind, `${drawn.get(kind) ?? ""}M${from} ${y}h${width}v${BAND}h${-width}z`);
  }
  return [...drawn]
    .map(([kind, d]) => `<path class="k-${kind}" d="${d}"><title>${KINDS[kind].word}</title></path>`)
    .join("");
}

/** The largest share of its time, and that of alarms: what the colours say in words. */
function share({ total_s }: StateBand): string {
  const sums = new Map<Kind, number>();
  for (const [state, time_s] of Object.entries(total_s))
    sums.set(kindOf(state), (sums.get(kindOf(state)) ?? 0) + time_s);
  const all_s = [...sums.values()].reduce((sum, time_s) => sum + time_s, 0);
  const percent = (kind: Kind): string => `${Math.round((100 * (sums.get(kind) ?? 0)) / all_s)} %`;
  const alarm = (sums.get("alarm") ?? 0) > 0 ? `, ${percent("alarm")} alarm` : "";
  return `${percent("cutting")} cutting${alarm}`;
}

const shorten = (name: string): string => (name.length > 18 ? `${name.slice(0, 17)}…` : name);

const windowOf = ({ from_s, until_s }: RunFault): string =>
  `from ${clock(from_s)} ${until_s === undefined ? "to the end" : `to ${clock(until_s)}`}`;

function listFaults(faults: readonly RunFault[]): string {
  if (faults.length === 0) return "";
  const rows = faults.slice(0, FAULTS_LISTED_MAX).map((fault) => {
    const { unit, id, kind, parameters } = fault;
    const given = Object.entries(parameters).map(([name, value]) => `${name} ${value}`);
    if ("severity" in fault) given.unshift(`severity ${fault.severity}`);
    return [unit, id, kind, windowOf(fault), given.join(", ")].map(escapeHtml);
  });
  const left = faults.length - rows.length;
  const rest = left > 0 ? `<p class="soft">and ${left} more, which --json FILE keeps</p>` : "";
  return `<h3>Faults: what truly happened</h3>${table(["unit", "id", "kind", "when", "with"], rows)}${rest}`;
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200];
const DAY_S = 86_400;

/** At most nine times that a person would choose. */
function ticks(end_s: number): number[] {
  const days = Math.max(1, Math.ceil(end_s / DAY_S / 8));
  const step_s = STEPS_S.find((step) => end_s / step <= 8) ?? days * DAY_S;
  return Array.from({ length: Math.floor(end_s / step_s) + 1 }, (_, i) => i * step_s);
}
