import { cos, pow, sin } from "../../engine/math.ts";
import { findRoot } from "../../signal/quadrature.ts";
import type { Material, Operation, Tool } from "./part-program.ts";

const PI = 3.141592653589793;
const RADIANS_PER_DEGREE = PI / 180;

/** Feed force over cutting force when milling at usual engagements; textbooks give 0.3 to 0.5. */
const FEED_FORCE_SHARE = 0.4;

/** Mean load of one operation while the tool is in the cut. */
export interface Cut {
  /** At the tool's edge, before the drive's losses. */
  readonly power_kw: number;
  /** Against the feed motion. */
  readonly feedForce_n: number;
}

/**
 * Mean cutting power and feed force of a milling operation.
 *
 * Mean chip thickness h_m = f_z sin κ (360 / π φ_s) (a_e / D), specific force k_c = k_c1.1 h_m^-m_c (Kienzle),
 * power P_c = a_p a_e v_f k_c / (60 10⁶); mm, mm/min, N/mm² give kW.
 */
export function cut(operation: Operation, tool: Tool, material: Material): Cut {
  const { spindle_rpm, feed_mm_min, depth_mm, width_mm } = operation;
  const feedPerTooth_mm = feed_mm_min / (spindle_rpm * tool.teeth);
  const engagement = width_mm / tool.diameter_mm;
  const arc_rad = engagementArc(engagement);
  const sinKappa = sin(tool.enteringAngle_deg * RADIANS_PER_DEGREE);
  const chip_mm = feedPerTooth_mm * sinKappa * (2 / arc_rad) * engagement;
  const specificForce_n_mm2 = material.specificCuttingForce_n_mm2 * pow(chip_mm, -material.forceExponent);
  const power_kw = (depth_mm * width_mm * feed_mm_min * specificForce_n_mm2) / 60e6;
  const cuttingSpeed_m_s = (PI * tool.diameter_mm * spindle_rpm) / 60_000;
  return { power_kw, feedForce_n: (FEED_FORCE_SHARE * power_kw * 1000) / cuttingSpeed_m_s };
}

/** Angle over which a tooth is in the material when milling a shoulder: cos φ_s = 1 − 2 a_e / D. */
function engagementArc(engagement: number): number {
  if (engagement >= 1) return PI;
  return findRoot((angle) => cos(angle) - (1 - 2 * engagement), 0, PI, 1e-12);
}
