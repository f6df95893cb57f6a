import { Box } from "ink";
import { useState } from "react";
import { useKeys, type Binding } from "./keys.ts";
import { useRoom, type ScreenName } from "./room.ts";
import { Text } from "./safe-text.tsx";

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
    "All of them are in the session that w writes; one on the wire comes again where there is a wire.",
  ],
  wire: [
    "What the plant's own endpoints saw; what arrived behind a gateway is the verdict's, at the end.",
    "Rates are of the last seconds of wall time; acks are timed from sending on. Units in trouble stand first.",
  ],
  log: ["What the run has said, the newest at the bottom."],
};

/** Narrower ones would cut off what most keys do. */
const COLUMN_MIN = 60;

interface Line {
  readonly keys: readonly string[];
  readonly help: string;
  readonly isOwn: boolean;
}

/** A line for all keys that do the same. @param own  how many bindings, the first, are the screen's own */
function linesOf(bindings: readonly Binding[], own: number): readonly Line[] {
  const helps = [...new Set(bindings.map(({ help }) => help))];
  return helps.map((help) => {
    const keys = bindings.flatMap((binding) => (binding.help === help ? binding.key : []));
    return { keys, help, isOwn: bindings.findIndex((binding) => binding.help === help) < own };
  });
}

/** What the screen shows that one is on, and what its keys do; as long as it is there, they do nothing. */
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
  const { screen, keyboard, prompt } = useRoom();
  const [turned, setTurned] = useState(0);
  const about = ABOUT[screen];
  const lines = linesOf(bindings, own);
  const aboutRows = about.reduce((sum, text) => sum + Math.ceil((text.length + 10) / size.columns), 0);
  const perColumn = Math.max(size.rows - aboutRows - 1, 1);
  const columns = Math.min(
    Math.max(Math.floor(size.columns / COLUMN_MIN), 1),
    Math.ceil(lines.length / perColumn),
  );
  const pages = Math.ceil(lines.length / (columns * perColumn));
  const page = Math.min(turned, pages - 1);
  const turn = (by: number) => (): void => setTurned(Math.max(0, Math.min(page + by, pages - 1)));
  const turning = [
    { key: "down", help: "", run: turn(1) },
    { key: "pgdn", help: "", run: turn(1) },
    { key: "up", help: "", run: turn(-1) },
    { key: "pgup", help: "", run: turn(-1) },
  ];
  useKeys(keyboard, [...turning, ...bindings.slice(own)], prompt === undefined);
  return (
    <Box flexDirection="column">
      {about.map((line) => (
        <Text key={line}>{` ${line}`}</Text>
      ))}
      <Text color="gray">{pages > 1 ? ` keys, page ${page + 1} of ${pages}: up and down turn it` : " "}</Text>
      <Box>
        {Array.from({ length: columns }, (_, column) => (
          <Box key={column} flexDirection="column" width={Math.floor(size.columns / columns)}>
            {lines
              .slice((page * columns + column) * perColumn, (page * columns + column + 1) * perColumn)
              .map(({ keys, help, isOwn }) => (
                <Text key={help} wrap="truncate">
                  <Text bold color={isOwn ? "cyan" : "white"}>{` ${keys.join(" ").padEnd(7)}`}</Text>
                  {help}
                </Text>
              ))}
          </Box>
        ))}
      </Box>
    </Box>
  );
}
