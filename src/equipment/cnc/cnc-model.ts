import { z } from "zod";
import { nameplateSchema } from "../nameplate.ts";

const positive = z.number().positive();
const share = z.number().min(0).max(1);

const axisSchema = z.strictObject({
  travel_mm: positive,
  rapid_mm_min: positive,
  acceleration_m_s2: positive,
  jerk_m_s3: positive,
  mass_kg: positive,
  /** Coefficient of sliding friction of the guides. */
  friction: share,
  /** Force at 100 % on the load display. */
  ratedForce_n: positive,
  /** A vertical axis carries its weight. */
  vertical: z.boolean(),
});

const spindleSchema = z.strictObject({
  speedMax_rpm: positive,
  speedBase_rpm: positive,
  /** S1: 100 % on the load display. */
  powerContinuous_kw: positive,
  /** S6-25 %: what a run-up takes. */
  powerPeak_kw: positive,
  inertia_kg_m2: positive,
  idleConstant_kw: z.number().min(0),
  idleLinear_kw_rpm: z.number().min(0),
  idleSquare_kw_rpm2: z.number().min(0),
  efficiency: share.refine((value) => value > 0, "must be above 0"),
  regeneration: share,
  temperatureRise_k: positive,
  temperatureExponent: positive,
  heatingTime_s: positive,
  coolingTime_s: positive,
  temperatureLimit_c: positive,
});

const handlingSchema = z.strictObject({ median_s: positive, logDeviation: z.number().min(0) });

/** A machine model of kind `cnc`, as its file under models/cnc has it. */
export const cncModelSchema = z.strictObject({
  kind: z.literal("cnc"),
  title: z.string().min(1),
  nameplate: nameplateSchema,
  spindle: spindleSchema,
  axes: z.strictObject({ x: axisSchema, y: axisSchema, z: axisSchema }),
  toolChange: z.strictObject({ chipToChip_s: positive, scatter_s: z.number().min(0) }),
  power: z.strictObject({
    ready_kw: positive,
    auxiliaries_kw: z.number().min(0),
    coolant_kw: z.number().min(0),
  }),
  handling: z.strictObject({ load: handlingSchema, unload: handlingSchema }),
  ambient_c: z.number().min(-20).max(60),
});

export type CncModel = z.infer<typeof cncModelSchema>;
export type AxisModel = z.infer<typeof axisSchema>;
export type SpindleModel = z.infer<typeof spindleSchema>;
