import { z } from "zod";
import type { RandomKey } from "../engine/random.ts";
import type { FeedFault } from "../signal/feed.ts";
import { faultParameters, type FaultKind, type FaultParameters } from "./fault-kind.ts";
import { INSTRUMENT_FAULT, type Instrumented } from "./sensor-fault.ts";
import type { SignalGroup, Sensors } from "./sensors.ts";

/** What every fault of a group's ticks can say; kinds add their own. */
export const feedParameters = z.strictObject({
  ...faultParameters.shape,
  group: z
    .string()
    .min(1)
    .optional()
    .describe("id of the poll group that it is of (default all of the unit)"),
});

type FeedParameters = z.infer<typeof feedParameters> & FaultParameters;

interface FeedFaultHead<P extends FeedParameters> {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly parameters: z.ZodType<P>;
}

/** When a fault begins, and of which group. */
interface FeedOnset {
  /** Plant time in seconds. */
  readonly time_s: number;
  /** The occurrence's own in this group; what is drawn at a tick depends on it and the tick alone. */
  readonly key: RandomKey;
}

/** A kind of fault of how the ticks of a unit's poll groups are stamped and told; values and alarms stay. */
export function feedFault<P extends FeedParameters>(
  { parameters, ...head }: FeedFaultHead<P>,
  make: (onset: FeedOnset, given: P) => FeedFault,
): FaultKind<Instrumented> {
  return {
    ...head,
    ...INSTRUMENT_FAULT,
    parameters,
    objection: ({ context: { sensors } }, given) => {
      const { group } = parameters.parse(given);
      if (group === undefined || groupsOf(sensors, group).length > 0) return undefined;
      const known = sensors.groups.map(({ poll }) => poll.id);
      return { parameter: "group", what: `there is no poll group "${group}"`, word: group, known };
    },
    begin: ({ context }, given, occurrence) => {
      const begun: { readonly group: SignalGroup; readonly fault: FeedFault }[] = [];
      const parsed = parameters.parse(given);
      const setLevel = (): void => {
        for (const group of groupsOf(context.sensors, parsed.group)) {
          const key = context.key.child("feed-faults").child(occurrence).child(group.poll.id);
          const fault = make({ time_s: context.now_s, key }, parsed);
          context.sensors.disturb(group, fault);
          begun.push({ group, fault });
        }
      };
      const clear = (): void => {
        for (const { group, fault } of begun) context.sensors.settle(group, fault);
      };
      return { setLevel, clear };
    },
  };
}

/** The poll groups that a fault means: the named one, or all. */
const groupsOf = ({ groups }: Sensors, name: string | undefined): readonly SignalGroup[] =>
  name === undefined ? groups : groups.filter(({ poll }) => poll.id === name);
