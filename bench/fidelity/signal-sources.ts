/*
 * Where the numbers behind a signal are from, for the pages about models; short, because it stands in a table. What
 * nobody has measured says so.
 */

/** What the short names in the column mean. */
export const SOURCE_LEGEND: readonly (readonly [name: string, meaning: string])[] = [
  ["Okuma", "MTConnect log of a mill-turn (mtconnect/cppagent, demo/agent/okuma.txt), measured"],
  ["SMART lab", "milling set of the University of Michigan, spindle power and speed at 10 Hz, measured"],
  ["NASA", "milling set of NASA and UC Berkeley, flank wear of 16 tools, measured"],
  ["Heidenhain", "log of a milling machine's control, measured"],
  ["Kienzle, Taylor", "cutting force and tool life by the constants in the material's file, from tables"],
];

const ASSUMED = "_assumed_";

const SOURCES: readonly (readonly [ids: RegExp, source: string])[] = [
  [/^[xyzabc]-position$/, `limits ${ASSUMED}; dither at rest: Heidenhain`],
  [/^[xyzabc]-(command|remaining)$/, "follows from the program"],
  [/^[xyzabc]-load$/, "levels and spikes: Okuma"],
  [/spindle-speed$/, "5 r/min around the setpoint: SMART lab"],
  [/spindle-load$/, "Kienzle; overload at run-up: Okuma"],
  [/spindle-power$/, `Kienzle; ripple: SMART lab; losses ${ASSUMED}`],
  [
    /^(feed-rate|feed-command|spindle-command|tool-spindle-command|block|block-number)$/,
    "follows from the program",
  ],
  [/-(state|mode)$/, "names: OPC 40001-1, OPC 40501-1"],
  [/^tool-number$/, "empty during a change: Okuma"],
  [/^(program|job|parts-.*|.*-override)$/, "follows from what the machine does"],
  [/-time$/, `counted; age at the start ${ASSUMED}`],
  [/^(active-power|energy)$/, `sum of the consumers; base loads ${ASSUMED}`],
  [/^tool-(life-used|load|\d+-life)$/, "Taylor; wear and its effect: NASA"],
  [/^tool-\d+-locked$/, "follows from the tool's life"],
  [/-prognosis$/, `follows from counters; pace ${ASSUMED}`],
  [/^part-deviation$/, `growth, wear, offset; scatter ${ASSUMED}`],
];

/** @param conditions  ids of the machine's conditions, each of which is a signal too */
export function sourceOf(signal: string, conditions: ReadonlySet<string>): string {
  if (conditions.has(signal)) return `limit ${ASSUMED}`;
  return SOURCES.find(([ids]) => ids.test(signal))?.[1] ?? ASSUMED;
}
