/** What a unit's messages came to behind the system under test. Every message sent is in one place of the first line. */
export interface NorthCounts {
  /**
   * Handed to the wire in the judged time: suppressed + arrived + lost + withheld + lostAsExpected + notAttributable +
   * unfinished
   */
  readonly sent: number;
  /** Never went out: for a fault or command of ours, or because a sleeping device had no room */
  readonly suppressed: number;
  readonly arrived: number;
  /** Taken by the system under test, or put on a link that let it pass, and never seen again */
  readonly lost: number;
  /** Not taken by the system under test: it was gone, fell silent, refused it, or was too slow for the backlog */
  readonly withheld: number;
  /** Kept from the system under test by a fault or command of ours */
  readonly lostAsExpected: number;
  /** Not seen again, and it cannot be known who lost it: at QoS 0, also this machine or our listener may have */
  readonly notAttributable: number;
  /** Still on its way, or waiting, when the run was over */
  readonly unfinished: number;
  /** Came more often than once without need */
  readonly duplicated: number;
  /** Came more often than once: sent more often, doubled by a fault of ours, or delivered again to our listener */
  readonly duplicatedAsAllowed: number;
  /** Came behind a later message of its stream for the first time */
  readonly reordered: number;
  /** Came with other octets than were sent */
  readonly altered: number;
  /** Came on a stream's topic, and is like no message that is missing */
  readonly unknown: number;
  /** Altered, reordered or unknown while a fault of ours was on the wire: not the doing of the system under test */
  readonly disturbed: number;
}

/** Where a message ends that did not arrive. */
export type Missing =
  "suppressed" | "lost" | "withheld" | "lostAsExpected" | "notAttributable" | "unfinished";

export type MutableCounts = { -readonly [key in keyof NorthCounts]: NorthCounts[key] };

export const noNorthCounts = (): MutableCounts => ({
  sent: 0,
  suppressed: 0,
  arrived: 0,
  lost: 0,
  withheld: 0,
  lostAsExpected: 0,
  notAttributable: 0,
  unfinished: 0,
  duplicated: 0,
  duplicatedAsAllowed: 0,
  reordered: 0,
  altered: 0,
  unknown: 0,
  disturbed: 0,
});

export const addNorthCounts = (parts: readonly NorthCounts[]): NorthCounts => {
  const sum = noNorthCounts();
  for (const part of parts) {
    for (const key of Object.keys(sum) as (keyof NorthCounts)[]) sum[key] += part[key];
  }
  return sum;
};
