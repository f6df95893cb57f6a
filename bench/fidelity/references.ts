/*
 * Figures of real machines that simulated ones are held against. They are facts computed from published data; no data
 * is kept here. Each names where it is from.
 */

/** Spindle of a small milling machine, 10 Hz, 3200 rpm, in the cut. */
export const SMART_LAB = {
  source: "SMART lab milling set (University of Michigan, 2018), 18 experiments",
  speed_rpm: 3200,
  period_s: 0.1,
  /** Standard deviation over mean of the spindle's power within a cut. */
  variation: 0.109,
  /** Autocorrelation of the same, by lag in samples. */
  autocorrelation: [
    [1, -0.3],
    [2, -0.12],
    [3, 0.28],
    [5, 0.03],
    [10, -0.02],
  ],
  skewness: 0.48,
  /** Of power over the cut's median, at 2.5, 7.5 … 97.5 %: medians over 73 cuts of at least 6 s. */
  powerQuantiles: [
    0.797, 0.837, 0.87, 0.893, 0.914, 0.932, 0.949, 0.965, 0.98, 0.994, 1.006, 1.022, 1.039, 1.052, 1.068,
    1.085, 1.103, 1.125, 1.154, 1.191,
  ],
  speedDeviation_rpm: 5,
} as const;

/** A mill-turn with slant bed: 23 minutes of its MTConnect stream, published on change. */
export const OKUMA = {
  source: "Okuma MTConnect log (mtconnect/cppagent, demo/agent/okuma.txt), 3 programs",
  period_s: 0.35,
  /** Between two changes of a moving axis' position, at 10, 50 and 90 %. */
  interval_s: [
    [0.1, 0.31],
    [0.5, 0.35],
    [0.9, 0.42],
  ],
  /** Level axis Z, slanting axis X: percent of rated load over whole programs. */
  level: {
    median: 8,
    p95: 11.75,
    max: 175,
    autocorrelation: [
      [1, 0.16],
      [5, -0.06],
      [10, 0.03],
    ],
    /** Changes over polls while a program runs. */
    changes: 0.4,
  },
  slanting: {
    median: 49,
    p95: 58,
    max: 127,
    autocorrelation: [
      [1, 0.44],
      [5, 0.24],
      [10, 0.19],
    ],
    changes: 0.38,
  },
  runUpLoad: 176,
  rapid_mm_min: 50_000,
  /** Tool number is empty for so long, eleven changes. */
  toolChange_s: { median: 7.1, low: 6.6, high: 7.4 },
} as const;

/** Flank wear over the wear at the end of life, by share of life. */
export const WEAR_CURVE = {
  source: "NASA / UC Berkeley milling set, median of 15 tools",
  points: [
    [0.1, 0.19],
    [0.25, 0.29],
    [0.5, 0.46],
    [0.75, 0.72],
    [0.9, 0.9],
  ],
} as const;

/** Percent: availability, performance, quality, OEE by ISO 22400, and an estimate of the time in the cut. */
export const OEE_BANDS = {
  source: "published bands of CNC shops, as typical ranges",
  "job-shop": {
    availability: [55, 75],
    performance: [80, 92],
    quality: [97, 99.5],
    oee: [40, 65],
    cutting: [20, 40],
  },
  "automated-cell": {
    availability: [80, 90],
    performance: [90, 96],
    quality: [99, 99.7],
    oee: [72, 85],
    cutting: [50, 70],
  },
} as const;
