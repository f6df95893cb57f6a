import { Box, Text } from "ink";
import type { Binding } from "./keys.ts";
import { useRoom, type ScreenName } from "./room.ts";

const ABOUT: Readonly<Record<ScreenName, readonly string[]>> = {
  fleet: [
    "All units, those that somebody should look at first: ✖ down (alarm or repair), ! alarmed, ~ unreached (no server or no gateway), ‖ stopped.",
    "Cycle is the time of the program that runs over the time that was planned; OEE is since the start (ISO 22400-2).",
    "Load is the spindle's; sess counts OPC UA sessions, publ/s MQTT-SN messages a second of wall time.",
  ],
  unit: [
    "One unit as it publishes itself: the same samples that every client gets, with the time of their tick.",
    "The chart begins with what the unit kept of its past; each line has its own scale, which stands beside its name.",
  ],
  alarms: ["Conditions of all units: active ones, then past ones. * has not been acknowledged."],
  faults: [
    "What can go wrong with the unit. A fault changes causes; alarms follow when the control measures them.",
    "What is gray cannot be on this unit; the right side says why. u shows what is there on all units.",
    "Faults of a machine and of its sensors are inputs of the session, and replayed; those on the wire are not.",
  ],
  wire: [
    "What the plant's own endpoints saw; what arrived behind a gateway is the verdict's, at the end.",
    "Rates are of the last seconds of wall time; acks are timed from sending on. Units in trouble stand first.",
  ],
  log: ["What the run has said, the newest at the bottom."],
};

/** What the screen shows that one is on, and what its keys do. */
export function HelpPage({
  bindings,
  own,
  size,
}: {
  readonly bindings: readonly Binding[];
  /** How many of them, the first, are the screen's own. */
  readonly own: number;
  readonly size: { readonly rows: number; readonly columns: number };
}) {
  const { screen } = useRoom();
  const about = ABOUT[screen];
  const lines = bindings.map(({ key, help }, i) => ({ key, help, isOwn: i < own }));
  const perColumn = Math.max(size.rows - about.length * 2 - 2, 1);
  const columns = Math.ceil(lines.length / perColumn);
  const width = Math.floor(size.columns / columns);
  return (
    <Box flexDirection="column">
      {about.map((line) => (
        <Text key={line}>{` ${line}`}</Text>
      ))}
      <Text> </Text>
      <Box>
        {Array.from({ length: columns }, (_, column) => (
          <Box key={column} flexDirection="column" width={width}>
            {lines.slice(column * perColumn, (column + 1) * perColumn).map(({ key, help, isOwn }) => (
              <Text key={key} wrap="truncate">
                <Text bold color={isOwn ? "cyan" : "white"}>{` ${key.padEnd(7)}`}</Text>
                {help}
              </Text>
            ))}
          </Box>
        ))}
      </Box>
    </Box>
  );
}
