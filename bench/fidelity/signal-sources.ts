/*
 * Where the numbers behind a signal are from, for the pages about models. Whatever is not named here, or says
 * _assumed_, nobody has measured.
 */

const KIENZLE = "cutting force by Kienzle (k_c1.1 and m_c of the material's file)";
const OKUMA = "an Okuma control's published log, measured";
const SMART_LAB = "the SMART lab milling set at 10 Hz, measured";

const SOURCES: readonly (readonly [ids: RegExp, source: string])[] = [
  [
    /^[xyzabc]-position$/,
    "motion in closed form, limits of acceleration and jerk _assumed_; dither at rest of ±1 digit as in a Heidenhain log, measured",
  ],
  [/^[xyzabc]-load$/, `friction, weight, acceleration, feed force; levels and spikes as in ${OKUMA}`],
  [
    /spindle-speed$/,
    `run-up at constant torque, then constant power; 5 r/min around the setpoint as in ${SMART_LAB}`,
  ],
  [/spindle-load$/, `${KIENZLE}; overload at run-up as in ${OKUMA}`],
  [
    /spindle-power$/,
    `${KIENZLE}; ripple of the cut as in ${SMART_LAB}; idle losses and efficiency _assumed_`,
  ],
  [
    /^(feed-rate|feed-command|[xyzabc]-command|[xyzabc]-remaining|spindle-command)$/,
    "follows from the program and the overrides",
  ],
  [
    /^(machine-state|item-state|operation-mode|channel-state|channel-mode|program-state)$/,
    "OPC 40001-1 and OPC 40501-1 for the names of states",
  ],
  [
    /^(program|tool-number|job|parts-.*|.*-override)$/,
    "follows from what the machine does; empty tool number during a change as in an Okuma control's published log",
  ],
  [/^(power-on|operation|cutting|spindle)-time$/, "counted; age at the start _assumed_"],
  [/^(active-power|energy)$/, "sum of the consumers and its exact integral; base loads _assumed_"],
  [
    /spindle-temperature$/,
    "first-order lag to a rise that goes with speed (ISO 230-3 measures it so); size and time constants _assumed_",
  ],
  [/^vibration$/, "RMS by ISO 10816, with speed, load and wear; size _assumed_"],
  [/^part-deviation$/, "growth of spindle and screws, wear of the finishing tool, offset; scatter _assumed_"],
  [
    /^tool-\d+-(life|wear)$/,
    "Taylor's life, with feed and depth; scatter and shape of the wear curve as in the NASA / UC Berkeley milling set, measured; constants _assumed_",
  ],
];

/** @returns "_assumed_" where nothing is known */
export function sourceOf(signal: string): string {
  return SOURCES.find(([ids]) => ids.test(signal))?.[1] ?? "_assumed_";
}
