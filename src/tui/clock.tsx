import { useWindowSize } from "ink";
import { usePoll } from "./poll.ts";
import { useRoom } from "./room.ts";
import { Text } from "./safe-text.tsx";
import { formatCalendar, formatSpan, formatSpeed, shorten } from "./text.ts";

/** Later than that by wall time, a person would notice. */
const LATE_MS = 250;
/** Timestamps that are off by less are where everybody's are. */
const OFF_S = 1;

/** Of the name of the plant; what comes behind it is worth more. */
const NAME_MAX = 28;

/** Plant time, wall time, and whether the one keeps up with the other. */
export function Clock({ began_ms }: { readonly began_ms: number }) {
  const { desk, plan, revision } = useRoom();
  const pace = usePoll(() => desk.pace({ do: "tell" }), [revision]);
  // What the calendar says already goes first.
  const isNarrow = useWindowSize().columns < 100;
  if (!pace) return <Text> </Text>;
  const { due_s, speed, isStanding, late_ms } = pace;
  const isLate = late_ms > LATE_MS;
  const wall_ms = Date.now();
  const off_s = due_s - (wall_ms - began_ms) / 1000;
  const hasWire = plan.units.some(({ opcua, mqttsn }) => opcua ?? mqttsn);
  const isOff = hasWire && plan.timestamps === "wall" && Math.abs(off_s) >= OFF_S;
  return (
    <Text wrap="truncate">
      <Text bold>{` ${shorten(plan.name, NAME_MAX)} `}</Text>
      {` ${formatCalendar(plan.start_ms + due_s * 1000)}  `}
      <Text bold color={isStanding ? "yellow" : "green"}>
        {isStanding ? "‖ paused" : `▶ ${formatSpeed(speed)}`}
      </Text>
      <Text color={isLate ? "red" : "gray"}>
        {isStanding || speed === "max"
          ? ""
          : isLate
            ? `  ${formatSpan(late_ms / 1000)} late`
            : "  keeps pace"}
      </Text>
      {isNarrow ? "" : `  after ${formatSpan(due_s)}`}
      <Text color="gray">{`  wall ${new Date(wall_ms).toISOString().slice(11, 19)} UTC`}</Text>
      {isOff && (
        <Text color="yellow">{`  timestamps ${formatSpan(Math.abs(off_s))} ${off_s < 0 ? "behind" : "ahead"}`}</Text>
      )}
    </Text>
  );
}
