import { z } from "zod";
import { nameplateSchema } from "../nameplate.ts";

const positive = z.number().positive();
const notNegative = z.number().min(0);
const share = z.number().min(0).max(1);

/** Positions are machine coordinates: the axis is at home where the tool is changed and parts are handled. */
const linearAxisSchema = z.strictObject({
  low_mm: z.number(),
  high_mm: z.number(),
  home_mm: z.number(),
  rapid_mm_min: positive,
  acceleration_m_s2: positive,
  jerk_m_s3: positive,
  mass_kg: positive,
  /** Coefficient of sliding friction of the guides. */
  friction: share,
  /** Against the horizontal; an axis that is not level carries its weight's share. */
  incline_deg: z.number().min(0).max(90),
  /** Force at 100 % on the load display. */
  ratedForce_n: positive,
  /** Kv: how far the axis lags behind its command is velocity / Kv. */
  followingGain_m_min_mm: positive,
});

const rotaryAxisSchema = z.strictObject({
  low_deg: z.number(),
  high_deg: z.number(),
  home_deg: z.number(),
  rapid_deg_min: positive,
  acceleration_deg_s2: positive,
  jerk_deg_s3: positive,
  /** With table and part. */
  inertia_kg_m2: positive,
  frictionTorque_nm: notNegative,
  /** Torque at 100 % on the load display. */
  ratedTorque_nm: positive,
  /** Kv in 1/min, as degrees a minute per degree of lag. */
  followingGain_1_min: positive,
});

const spindleSchema = z.strictObject({
  speedMax_rpm: positive,
  speedBase_rpm: positive,
  /** S1: 100 % on the load display. */
  powerContinuous_kw: positive,
  /** S6-25 %: what a run-up takes. */
  powerPeak_kw: positive,
  /** A lighter one would be at its speed in no time. */
  inertia_kg_m2: z.number().min(1e-5),
  idleConstant_kw: notNegative,
  idleLinear_kw_rpm: notNegative,
  idleSquare_kw_rpm2: notNegative,
  efficiency: share.refine((value) => value > 0, "must be above 0"),
  regeneration: share,
  temperatureRise_k: positive,
  temperatureExponent: positive,
  heatingTime_s: positive,
  coolingTime_s: positive,
  temperatureLimit_c: positive,
  /** Growth of the nose at full speed, a fast and a slow part (ISO 230-3 measures both). */
  growthFast_um: notNegative,
  growthFastTime_s: positive,
  growthSlow_um: notNegative,
  growthSlowTime_s: positive,
  /** RMS of 10 to 1000 Hz (ISO 10816) at full speed without a cut. */
  vibration_mm_s: positive,
});

const lognormalSchema = z.strictObject({ median_s: positive, logDeviation: notNegative });

/** A machine model of kind `cnc`, as its file under models/cnc has it. */
export const cncModelSchema = z.strictObject({
  kind: z.literal("cnc"),
  title: z.string().min(1),
  nameplate: nameplateSchema,
  /** Turns the tool on a machining centre, the workpiece on a lathe. */
  spindle: spindleSchema,
  /** Of the milling head of a mill-turn, whose main spindle turns the workpiece. */
  toolSpindle: spindleSchema.optional(),
  axes: z.strictObject({
    x: linearAxisSchema,
    y: linearAxisSchema,
    z: linearAxisSchema,
    a: rotaryAxisSchema.optional(),
    b: rotaryAxisSchema.optional(),
    c: rotaryAxisSchema.optional(),
  }),
  /** The linear axis that takes the tool out of the part. */
  retract: z.enum(["x", "z"]),
  /** Growth of the ball screws: elongation in the working range at continuous rapid traverse, and its lag. */
  screw: z.strictObject({ growth_um: notNegative, time_s: positive }),
  toolChange: z
    .strictObject({ chipToChip_s: positive, scatter_s: notNegative })
    .refine(
      ({ chipToChip_s, scatter_s }) => scatter_s <= chipToChip_s,
      "scatter_s is more than chipToChip_s",
    ),
  /** By state, kW. */
  power: z.strictObject({
    off_kw: notNegative,
    standby_kw: notNegative,
    ready_kw: positive,
    auxiliaries_kw: notNegative,
    coolant_kw: notNegative,
  }),
  coolant: z.strictObject({ pressure_bar: positive, consumption_percent_h: notNegative }),
  handling: z.strictObject({ load: lognormalSchema, unload: lognormalSchema }),
  ambient_c: z.number().min(-20).max(60),
});

export type CncModel = z.infer<typeof cncModelSchema>;
export type LinearAxisModel = z.infer<typeof linearAxisSchema>;
export type RotaryAxisModel = z.infer<typeof rotaryAxisSchema>;
export type SpindleModel = z.infer<typeof spindleSchema>;
