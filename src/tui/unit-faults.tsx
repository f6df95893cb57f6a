import { Box } from "ink";
import { useMemo } from "react";
import { faultKinds, type FaultEntry } from "../runtime/fault-kinds.ts";
import type { RunFault } from "../runtime/result.ts";
import { useCursor, useFollowed } from "./cursor.ts";
import { askClear, askInject } from "./fault-commands.ts";
import { ActiveDetail, KindDetail } from "./fault-details.tsx";
import { nameOf, progressOf, whyNot } from "./fault-text.ts";
import type { FaultListProps } from "./fault-list.ts";
import { Frame, useBody } from "./frame.tsx";
import type { Binding } from "./keys.ts";
import { usePoll } from "./poll.ts";
import { useRoom } from "./room.ts";
import { Text } from "./safe-text.tsx";
import { fit, fitRight } from "./text.ts";

/** A line of the list: a fault that is there, or a kind of which one can be, unless there is a reason. */
type Line = { readonly fault: RunFault } | { readonly kind: FaultEntry; readonly reason: string | undefined };

/** The head of the list. */
const HEAD_LINES = 1;
const LEFT_MAX = 50;
const PROGRESS_WIDTH = 12;

const keyOf = (line: Line): string => ("fault" in line ? `active ${line.fault.id}` : line.kind.id);

/** What is wrong with a unit on purpose, and what else could be. */
export function UnitFaults({ text, keys }: FaultListProps) {
  const room = useRoom();
  const { desk, plan, unit, revision } = room;
  const { columns, rows } = useBody();
  const kinds = useMemo(() => faultKinds(), []);
  const answered = usePoll(async () => {
    const [look, { active, plantTime_s }] = await Promise.all([
      desk.look(unit),
      desk.faults({ text: "", offset: 0, limit: 0 }),
    ]);
    return { look, active, now_s: plantTime_s, unit };
  }, [unit, revision]);
  const known = answered?.unit === unit ? answered : undefined;
  const active = [...(known?.look.faults ?? []), ...(known?.look.wireFaults ?? [])].filter(
    (it) => it.until_s === undefined && !("failure" in it && it.failure !== undefined),
  );
  const planned = plan.units.find(({ name }) => name === unit)!;
  const isWanted = (...texts: readonly string[]): boolean =>
    texts.some((it) => it.toLowerCase().includes(text.toLowerCase()));
  // None before the first answer, or the cursor would stay on what then moves down.
  const lines: Line[] = !known
    ? []
    : [
        ...active.filter((it) => isWanted(it.id, it.kind)).map((fault) => ({ fault })),
        ...kinds
          .filter(({ id, family, title }) => isWanted(id, family, title))
          .map((kind) => ({ kind, reason: whyNot(kind, planned, known.look) })),
      ];
  const page = Math.max(rows - HEAD_LINES, 1);
  const cursor = useCursor(lines.length, page);
  const shown = lines.slice(cursor.offset, cursor.offset + page);
  const { under, line: place } = useFollowed(cursor, shown, cursor.offset, keyOf);
  if (!known) return <Frame bindings={[]}>{null}</Frame>;
  const { look, now_s } = known;
  const act = (): void => {
    if (!under) return;
    if ("fault" in under) askClear(room, under.fault);
    else if (under.reason !== undefined) room.tell(`${under.kind.id} cannot be on ${unit}: ${under.reason}`);
    else askInject(room, unit, under.kind, look);
  };
  const bindings: readonly Binding[] = [
    {
      key: "enter",
      label: "inject/clear",
      help: "inject the fault, or clear the one that is there",
      run: act,
    },
    ...keys,
    ...cursor.bindings,
  ];
  const left = Math.min(Math.floor(columns / 2), LEFT_MAX);
  const head = `${unit}: ${active.length} active, ${known.active} in the whole plant, ${kinds.length} kinds`;
  return (
    <Frame bindings={bindings}>
      <Text bold wrap="truncate">{` ${head}${text && ` · /${text}`}`}</Text>
      <Box>
        <Box flexDirection="column" width={left} marginRight={1}>
          {shown.map((line, i) => (
            <FaultLine key={keyOf(line)} line={line} now_s={now_s} isUnder={i === place} width={left} />
          ))}
        </Box>
        <Box flexDirection="column" width={columns - left - 1}>
          {under && ("kind" in under ? <KindDetail {...under} /> : <ActiveDetail {...under} now_s={now_s} />)}
        </Box>
      </Box>
    </Frame>
  );
}

interface LineProps {
  readonly line: Line;
  readonly now_s: number;
  readonly isUnder: boolean;
  readonly width: number;
}

function FaultLine({ line, now_s, isUnder, width }: LineProps) {
  const isThere = "fault" in line;
  const text = isThere
    ? fit(`ACTIVE ${nameOf(line.fault)}`, width - PROGRESS_WIDTH - 2) +
      fitRight(progressOf(line.fault, now_s), PROGRESS_WIDTH)
    : `${fit(line.kind.family, 9)} ${line.kind.id}`;
  const colour = isThere ? "magenta" : line.reason === undefined ? "white" : "gray";
  return (
    <Text inverse={isUnder} color={colour} dimColor={colour === "gray"} wrap="truncate">
      {fit(`${isUnder ? ">" : " "} ${text}`, width)}
    </Text>
  );
}
