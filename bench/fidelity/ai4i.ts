/**
 * The four rules of the AI4I 2020 predictive-maintenance set (Matzka 2020) that follow from a snapshot. The set is
 * synthetic, so agreeing with it says that snapshots are coherent, not that they are real.
 */
export interface Snapshot {
  readonly air_c: number;
  readonly process_c: number;
  readonly speed_rpm: number;
  readonly torque_nm: number;
  /** Minutes that the tool has been used. */
  readonly wear_min: number;
}

export const AI4I_RULES = ["heat dissipation", "power", "overstrain", "tool wear"] as const;
export type Ai4iRule = (typeof AI4I_RULES)[number];

const POWER_W = { low: 3500, high: 9000 } as const;
/** Of the middle of its three product qualities; the others have 11,000 and 13,000. */
const STRAIN_MIN_NM = 12_000;
/** It draws where between 200 and 240 a tool fails; its begin is what can be known. */
const WEAR_MIN = 200;
const W_PER_RPM_NM = (2 * Math.PI) / 60;

/** Which rules hold. */
export function ai4iLabels({
  air_c,
  process_c,
  speed_rpm,
  torque_nm,
  wear_min,
}: Snapshot): Record<Ai4iRule, boolean> {
  const power_w = torque_nm * speed_rpm * W_PER_RPM_NM;
  return {
    "heat dissipation": process_c - air_c < 8.6 && speed_rpm < 1380,
    power: power_w < POWER_W.low || power_w > POWER_W.high,
    overstrain: wear_min * torque_nm > STRAIN_MIN_NM,
    "tool wear": wear_min >= WEAR_MIN,
  };
}
