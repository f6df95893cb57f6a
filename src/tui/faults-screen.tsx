import { Box, Text } from "ink";
import { useMemo } from "react";
import { faultKinds, type FaultEntry } from "../runtime/fault-kinds.ts";
import { useCursor } from "./cursor.ts";
import type { Arguments, Look } from "./desk.ts";
import { Frame, useBody } from "./frame.tsx";
import type { Binding } from "./keys.ts";
import { usePoll } from "./poll.ts";
import { command, useRoom, type Room } from "./room.ts";
import { fit, formatSpan } from "./text.ts";
import { askArguments } from "./unit-commands.ts";

type Active = Look["faults"][number] | Look["wireFaults"][number];

/** A line of the list: a fault that is there, or a kind of which one can be. */
type Line = { readonly active: Active } | { readonly kind: FaultEntry };

/** The head of the list. */
const HEAD_LINES = 1;

const isOnWire = ({ family }: FaultEntry): boolean => family !== "equipment" && family !== "sensor";

/** What is wrong with a unit on purpose, and what else could be. */
export function FaultsScreen() {
  const room = useRoom();
  const { desk, unit, revision } = room;
  const { columns, rows } = useBody();
  const kinds = useMemo(() => faultKinds(), []);
  const look = usePoll(() => desk.look(unit), [unit, revision]);
  const active = [...(look?.faults ?? []), ...(look?.wireFaults ?? [])].filter(
    ({ until_s }) => until_s === undefined,
  );
  const lines: Line[] = [...active.map((it) => ({ active: it })), ...kinds.map((kind) => ({ kind }))];
  const page = Math.max(rows - HEAD_LINES, 1);
  const cursor = useCursor(lines.length, page);
  const under = lines[cursor.index]!;
  const act = (): void =>
    "active" in under ? askClear(room, under.active) : askInject(room, under.kind, look);
  const bindings: readonly Binding[] = [
    {
      key: "enter",
      label: "inject/clear",
      help: "inject the fault, or clear the one that is there",
      run: act,
    },
    { key: "u", label: "unit", help: "back to the unit", run: () => room.go("unit") },
    ...cursor.bindings,
  ];
  const left = Math.min(Math.floor(columns / 2), 44);
  const shown = lines.slice(cursor.offset, cursor.offset + page);
  return (
    <Frame bindings={bindings}>
      <Text bold wrap="truncate">{` ${unit}: ${active.length} active, ${kinds.length} kinds`}</Text>
      <Box>
        <Box flexDirection="column" width={left} marginRight={1}>
          {shown.map((line, i) => (
            <FaultLine
              key={keyOf(line)}
              line={line}
              isUnder={cursor.offset + i === cursor.index}
              width={left}
            />
          ))}
        </Box>
        <Box flexDirection="column" width={columns - left - 1}>
          {"kind" in under ? <KindDetail kind={under.kind} /> : <ActiveDetail active={under.active} />}
        </Box>
      </Box>
    </Frame>
  );
}

const keyOf = (line: Line): string => ("active" in line ? `active ${line.active.id}` : line.kind.id);

function FaultLine({
  line,
  isUnder,
  width,
}: {
  readonly line: Line;
  readonly isUnder: boolean;
  readonly width: number;
}) {
  const text =
    "active" in line
      ? `ACTIVE ${line.active.kind} (${line.active.id})`
      : `${fit(line.kind.family, 9)} ${line.kind.id}`;
  return (
    <Text inverse={isUnder} color={"active" in line ? "magenta" : "white"} wrap="truncate">
      {fit(`${isUnder ? ">" : " "} ${text}`, width)}
    </Text>
  );
}

function KindDetail({ kind }: { readonly kind: FaultEntry }) {
  const { title, description, raises, causes, onset_s, parameters } = kind;
  return (
    <>
      <Text bold>{title}</Text>
      <Text>{description}</Text>
      {raises.length > 0 && <Text color="magenta">{`raises ${raises.join(", ")}`}</Text>}
      {causes !== undefined && <Text color="magenta">{causes}</Text>}
      {onset_s > 0 && <Text color="gray">{`sets in over ${formatSpan(onset_s)} of plant time`}</Text>}
      {Object.entries(parameters).map(([name, said]) => (
        <Text key={name}>
          <Text color="cyan">{name}</Text>
          {`: ${said}`}
        </Text>
      ))}
    </>
  );
}

function ActiveDetail({ active }: { readonly active: Active }) {
  return (
    <>
      <Text bold>{`${active.kind} (${active.id})`}</Text>
      <Text>{`since ${formatSpan(active.from_s)} of plant time`}</Text>
      {Object.entries(active.parameters).map(([name, value]) => (
        <Text key={name}>{`${name} = ${value}`}</Text>
      ))}
      <Text color="gray">Enter clears it; what has worn meanwhile stays worn.</Text>
    </>
  );
}

function askInject(room: Room, kind: FaultEntry, look: Look | undefined): void {
  const { desk, unit, done } = room;
  const required = Object.entries(kind.parameters).filter(([, said]) => said.endsWith("(required)"));
  const value = ["severity" in kind.parameters ? "severity=1" : "", ...required.map(([name]) => `${name}=`)];
  const hints = Object.entries(kind.parameters).map(([name, said]) => `  ${name}: ${said}`);
  const taken = new Set([...(look?.faults ?? []), ...(look?.wireFaults ?? [])].map(({ id }) => id));
  const id = Array.from({ length: taken.size + 1 }, (_, i) => `${kind.id}-${i + 1}`).find(
    (it) => !taken.has(it),
  )!;
  const inject = async (given: Arguments): Promise<string> => {
    if (!isOnWire(kind)) return command(desk, unit, "inject-fault", { fault: kind.id, id, ...given });
    const outcome = await desk.beginWireFault(unit, { id, fault: kind.id, with: given });
    return outcome.done ? `${unit}: ${kind.id} begun` : `${unit}: ${kind.id} refused: ${outcome.reason}`;
  };
  askArguments(room, `inject ${kind.id} into ${unit}`, value.filter(Boolean).join(" "), hints, (given) =>
    done(inject(given)),
  );
}

function askClear({ ask, desk, unit, done }: Room, active: Active): void {
  const { id } = active;
  const clear = async (): Promise<string> => {
    if (!("family" in active)) return command(desk, unit, "clear-fault", { id });
    const outcome = await desk.clearWireFault(unit, id);
    return outcome.done ? `${unit}: ${id} cleared` : `${unit}: ${id} not cleared: ${outcome.reason}`;
  };
  ask({ kind: "confirm", text: `Clear ${id} of ${unit}?`, onYes: () => done(clear()) });
}
