import { Box, useWindowSize } from "ink";
import { createContext, useContext, type ReactNode } from "react";
import { counted } from "../report/verdict-text.ts";
import { Clock } from "./clock.tsx";
import { HelpPage } from "./help-page.tsx";
import { useKeys, type Binding } from "./keys.ts";
import { PromptLine } from "./prompt-line.tsx";
import { SCREENS, useRoom, type Room, type ScreenName } from "./room.ts";
import { Text } from "./safe-text.tsx";
import { timeKeys } from "./time-keys.ts";

/** Lines that the frame itself takes: clock, screens, notice, keys. */
const FRAME_LINES = 4;
/** Keys that a narrow terminal shows too: who does not know the others finds them there. */
const ALWAYS_SHOWN: ReadonlySet<string> = new Set(["?", "q"]);
/** The smallest terminal that everything fits in. */
const SMALLEST = { columns: 40, rows: 10 };

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What is left for a screen. */
export function useBody(): Size {
  const { columns, rows } = useWindowSize();
  return { columns, rows: Math.max(rows - FRAME_LINES, 1) };
}

/** When the run began, wall time; it is the frame's and no screen's. */
export const BeginContext = createContext(0);

/** The walls of every screen: time above, keys below, and what the screen shows in between. */
export function Frame({
  bindings,
  children,
}: {
  readonly bindings: readonly Binding[];
  readonly children: ReactNode;
}) {
  const room = useRoom();
  const { columns, rows } = useWindowSize();
  const body = useBody();
  const all = [...bindings, ...commonKeys(room)];
  useKeys(room.keyboard, all, room.prompt === undefined && !room.isHelping);
  if (columns < SMALLEST.columns || rows < SMALLEST.rows)
    return <Text wrap="truncate">{`at least ${SMALLEST.columns}×${SMALLEST.rows}, please`}</Text>;
  const { prompt, isHelping, screen, notice } = room;
  const hints = prompt?.kind === "line" ? Math.min(prompt.hints.length, body.rows - 3) : 0;
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      <Clock began_ms={useContext(BeginContext)} />
      <Tabs screen={screen} />
      <Box flexDirection="column" height={body.rows - hints} overflow="hidden">
        {/* What does not fit is cut off below, and no line is laid over another one. */}
        <Box flexDirection="column" flexShrink={0}>
          {isHelping ? <HelpPage bindings={all} own={bindings.length} size={body} /> : children}
        </Box>
      </Box>
      {prompt ? (
        <PromptLine prompt={prompt} hintLines={hints} />
      ) : (
        <Text color="yellow" wrap="truncate">
          {notice === "" ? " " : ` ${notice}`}
        </Text>
      )}
      <KeyLine bindings={isHelping ? all.slice(bindings.length) : all} columns={columns} />
    </Box>
  );
}

const TITLES: Readonly<Record<ScreenName, string>> = {
  fleet: "Fleet",
  unit: "Unit",
  alarms: "Alarms",
  faults: "Faults",
  wire: "Wire",
  log: "Log",
};

function Tabs({ screen }: { readonly screen: ScreenName }) {
  return (
    <Text wrap="truncate">
      {SCREENS.map((name, i) => {
        const title = `${i + 1} ${TITLES[name]}`;
        // Brackets say it where colours do not.
        return name === screen ? (
          <Text key={name} bold color="cyan">{`[${title}]`}</Text>
        ) : (
          <Text key={name} color="gray">{` ${title} `}</Text>
        );
      })}
    </Text>
  );
}

function KeyLine({ bindings, columns }: { readonly bindings: readonly Binding[]; readonly columns: number }) {
  const widthOf = ({ key, label = "" }: Binding): number => key.length + label.length + 3;
  const always = bindings.filter(({ key }) => ALWAYS_SHOWN.has(key));
  let left = columns - 1 - always.reduce((sum, binding) => sum + widthOf(binding), 0);
  const shown = bindings.filter((binding) => {
    if (ALWAYS_SHOWN.has(binding.key)) return true;
    if (binding.label === undefined) return false;
    left -= widthOf(binding);
    return left >= 0;
  });
  return (
    <Text wrap="truncate">
      {shown.map(({ key, label }) => (
        <Text key={key}>
          <Text bold color="cyan">{` ${key}`}</Text>
          {` ${label} `}
        </Text>
      ))}
    </Text>
  );
}

/** Keys that mean the same on every screen. */
function commonKeys(room: Room): readonly Binding[] {
  const { isHelping, help, go, ask, quit, interrupt, session, desk, done } = room;
  const write = (file: string): void =>
    done(
      session
        .write(file, desk)
        .then(({ digest, inputs, again }) => `${counted(inputs, "command")}, digest ${digest}: ${again}`),
    );
  const askFile = (): void =>
    ask({ kind: "line", text: "write session to", value: session.suggestFile(), hints: [], onEnter: write });
  const askQuit = (): void => {
    const { unwritten } = session;
    const lost = unwritten === 0 ? "" : ` Commands in no file yet: ${unwritten}; w writes them.`;
    ask({ kind: "confirm", text: `End the run and close all endpoints?${lost}`, onYes: quit });
  };
  return [
    {
      key: "?",
      label: "help",
      help: "what this screen shows and which keys it has",
      run: () => help(!isHelping),
    },
    ...timeKeys(room),
    {
      key: "w",
      label: "write",
      help: "write the session as a scenario",
      run: askFile,
    },
    { key: "q", label: "quit", help: "end the run, with the exit code of its verdict", run: askQuit },
    ...SCREENS.map((name, i) => ({
      key: String(i + 1),
      help: `to the screen ${TITLES[name]}`,
      run: () => go(name),
    })),
    {
      key: "esc",
      help: "back to the fleet, or out of the help",
      run: () => (isHelping ? help(false) : go("fleet")),
    },
    { key: "ctrl-c", help: "end the run at once, with exit code 130", run: interrupt },
  ];
}
