import { z } from "zod";

const positive = z.number().positive();
const lognormal_min = z.strictObject({ median_min: positive, logDeviation: z.number().min(0) });
const spread = z
  .strictObject({ low: z.int().min(1), high: z.int().min(1) })
  .refine(({ low, high }) => low <= high, "low cannot be above high");

const clock = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of day")
  .meta({ examples: ["06:00"] });

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** Who works when around a machine, and what that costs: a file under models/operations. */
export const organisationSchema = z.strictObject({
  kind: z.literal("operation"),
  title: z.string().min(1),
  /** Without shifts somebody is there round the clock. */
  shifts: z
    .array(
      z.strictObject({
        days: z.array(z.enum(DAYS)).min(1),
        from: clock,
        to: clock,
        breaks: z.array(z.strictObject({ from: clock, to: clock })),
      }),
    )
    .optional(),
  /** A run of the spindle without a cut when a machine comes on. */
  warmUp_min: z.number().min(0),
  /** Parts of one kind before the next kind is set up; without it, nothing is ever set up. */
  batch: z
    .strictObject({
      parts: spread,
      setUp: lognormal_min,
      /** Measuring and correcting the first piece. */
      approval_min: z.number().min(0),
      /** Share of set-ups whose first piece is scrap. */
      firstPieceScrap: z.number().min(0).max(1),
      /** Where people leave the feed override for a batch, percent. */
      pace_percent: z
        .strictObject({ low: z.number().min(10), high: z.number().max(150) })
        .refine(({ low, high }) => low <= high, "low cannot be above high"),
    })
    .optional(),
  /** Instead of the model's manual handling: pallets. */
  pallets: z
    .strictObject({ change_s: positive, scatter_s: z.number().min(0) })
    .refine(({ change_s, scatter_s }) => scatter_s <= change_s, "scatter_s is more than change_s")
    .optional(),
  /** A part is measured now and then, and the offset corrected. */
  measuring: z.strictObject({
    everyParts: spread,
    median_min: z.number().min(0),
    logDeviation: z.number().min(0),
  }),
  /** Chips, re-clamping: between two of them in operation, and how long. */
  microStops: z
    .strictObject({ mean_min: positive, median_min: positive, logDeviation: z.number().min(0) })
    .optional(),
  /** Waiting for people or material between two parts: share of parts, and how long. */
  waiting: z
    .strictObject({ share: z.number().min(0).max(1), median_min: positive, logDeviation: z.number().min(0) })
    .optional(),
  /** A worn tool is replaced by hand; 0 for sister tools in the magazine. */
  toolService_min: z.number().min(0),
  /** Until somebody restarts a machine that an alarm has stopped and nothing holds any more. */
  response: lognormal_min,
});

export type Organisation = z.infer<typeof organisationSchema>;

const DAY_S = 86_400;
const WEEK_S = 7 * DAY_S;

interface Span {
  readonly from_s: number;
  readonly to_s: number;
}

/** When somebody is at the machine; in seconds since a Monday, 00:00, over and over. */
export class Roster {
  readonly #shifts: readonly Span[];
  readonly #breaks: readonly Span[];
  readonly #start_s: number;

  /** @param start_s  of the scenario, in seconds since Monday, 00:00, in the plant's time zone */
  constructor(organisation: Organisation, start_s: number) {
    this.#start_s = start_s;
    const days = (names: readonly string[]): number[] =>
      names.map((name) => DAYS.indexOf(name as (typeof DAYS)[number]) * DAY_S);
    const span = (day_s: number, from: string, to: string): Span => {
      const from_s = day_s + secondsOf(from);
      const to_s = day_s + secondsOf(to);
      return { from_s, to_s: to_s > from_s ? to_s : to_s + DAY_S };
    };
    const shifts = organisation.shifts ?? [];
    this.#shifts = shifts.flatMap((shift) =>
      days(shift.days).map((day_s) => span(day_s, shift.from, shift.to)),
    );
    this.#breaks = shifts.flatMap((shift) =>
      days(shift.days).flatMap((day_s) =>
        shift.breaks.map(({ from, to }) => {
          const shiftBegins_s = day_s + secondsOf(shift.from);
          const { from_s, to_s } = span(day_s, from, to);
          // A break past midnight belongs to the shift that began the day before.
          return from_s < shiftBegins_s ? { from_s: from_s + DAY_S, to_s: to_s + DAY_S } : { from_s, to_s };
        }),
      ),
    );
  }

  /** Until when nobody works, if that is now; and whether it is a break or the end of the shift. */
  absence(time_s: number): { readonly until_s: number; readonly isBreak: boolean } | undefined {
    if (this.#shifts.length === 0) return undefined;
    const shift = this.#covering(this.#shifts, time_s);
    if (shift === undefined) return { until_s: this.#next(time_s), isBreak: false };
    const pause = this.#covering(this.#breaks, time_s);
    return pause === undefined ? undefined : { until_s: pause, isBreak: true };
  }

  /** End of the span that covers a time, as plant time. */
  #covering(spans: readonly Span[], time_s: number): number | undefined {
    const week_s = this.#inWeek(time_s);
    for (const { from_s, to_s } of spans) {
      for (const shifted_s of [week_s, week_s + WEEK_S]) {
        if (shifted_s >= from_s && shifted_s < to_s) return time_s + (to_s - shifted_s);
      }
    }
    return undefined;
  }

  /** Begin of the next shift, as plant time. */
  #next(time_s: number): number {
    const week_s = this.#inWeek(time_s);
    const waits = this.#shifts.map(({ from_s }) => (from_s - week_s + 2 * WEEK_S) % WEEK_S);
    return time_s + Math.min(...waits.map((wait_s) => (wait_s === 0 ? WEEK_S : wait_s)));
  }

  #inWeek(time_s: number): number {
    return (this.#start_s + time_s) % WEEK_S;
  }
}

function secondsOf(time: string): number {
  const [hours, minutes] = time.split(":").map(Number);
  return hours! * 3600 + minutes! * 60;
}
