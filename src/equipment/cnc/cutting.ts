import { cos, pow, sin } from "../../engine/math.ts";
import { findRoot } from "../../signal/quadrature.ts";
import type { Material, MillingOperation, ToolModel, TurningOperation } from "./part-program.ts";

const PI = 3.141592653589793;
const RADIANS_PER_DEGREE = PI / 180;

/** Feed force over cutting force when milling at usual engagements; textbooks give 0.3 to 0.5. */
const MILLING_FEED_SHARE = 0.4;
/** The same when turning. */
const TURNING_FEED_SHARE = 0.45;

/** Mean load of one operation while a new tool is in the cut, and what decides over the tool's life. */
export interface Cut {
  /** At the tool's edge, before the drive's losses. */
  readonly power_kw: number;
  /** Against the feed motion. */
  readonly feedForce_n: number;
  readonly cuttingSpeed_m_min: number;
  /** A tooth's, or of a revolution when turning. */
  readonly feed_mm: number;
  readonly depth_mm: number;
}

/**
 * Mean cutting power and feed force of a milling operation at a feed and speed, as overrides make them.
 *
 * Mean chip thickness h_m = f_z sin κ (360 / π φ_s) (a_e / D), specific force k_c = k_c1.1 h_m^-m_c (Kienzle),
 * power P_c = a_p a_e v_f k_c / (60 10⁶); mm, mm/min, N/mm² give kW.
 */
export function mill(
  { depth_mm, width_mm }: Pick<MillingOperation, "depth_mm" | "width_mm">,
  tool: ToolModel,
  material: Material,
  feed_mm_min: number,
  speed_rpm: number,
): Cut {
  const diameter_mm = tool.diameter_mm!;
  const feedPerTooth_mm = feed_mm_min / (speed_rpm * tool.teeth!);
  const engagement = width_mm / diameter_mm;
  const arc_rad = engagementArc(engagement);
  const sinKappa = sin(tool.enteringAngle_deg * RADIANS_PER_DEGREE);
  const chip_mm = feedPerTooth_mm * sinKappa * (2 / arc_rad) * engagement;
  const power_kw = (depth_mm * width_mm * feed_mm_min * specificForce(material, chip_mm)) / 60e6;
  const cuttingSpeed_m_min = (PI * diameter_mm * speed_rpm) / 1000;
  const force_n = (power_kw * 60_000) / cuttingSpeed_m_min;
  return {
    power_kw,
    feedForce_n: MILLING_FEED_SHARE * force_n,
    cuttingSpeed_m_min,
    feed_mm: feedPerTooth_mm,
    depth_mm,
  };
}

/**
 * The same for turning: F_c = k_c1.1 b h^(1−m_c) with h = f sin κ and b = a_p / sin κ (Kienzle), P_c = F_c v_c.
 */
export function turn(
  { depth_mm }: Pick<TurningOperation, "depth_mm">,
  tool: ToolModel,
  material: Material,
  feed_mm_rev: number,
  cuttingSpeed_m_min: number,
): Cut {
  const sinKappa = sin(tool.enteringAngle_deg * RADIANS_PER_DEGREE);
  const chip_mm = feed_mm_rev * sinKappa;
  const force_n = (specificForce(material, chip_mm) * depth_mm * chip_mm) / sinKappa;
  return {
    power_kw: (force_n * cuttingSpeed_m_min) / 60_000,
    feedForce_n: TURNING_FEED_SHARE * force_n,
    cuttingSpeed_m_min,
    feed_mm: feed_mm_rev,
    depth_mm,
  };
}

/** k_c = k_c1.1 h^-m_c, N/mm². */
function specificForce(material: Material, chip_mm: number): number {
  return material.specificCuttingForce_n_mm2 * pow(chip_mm, -material.forceExponent);
}

/** Angle over which a tooth is in the material when milling a shoulder: cos φ_s = 1 − 2 a_e / D. */
function engagementArc(engagement: number): number {
  if (engagement >= 1) return PI;
  return findRoot((angle) => cos(angle) - (1 - 2 * engagement), 0, PI, 1e-12);
}
