import { Box, Text } from "ink";
import { useRef, useState } from "react";
import { useCursor } from "./cursor.ts";
import type { Description, Look } from "./desk.ts";
import { Frame, useBody } from "./frame.tsx";
import type { Binding } from "./keys.ts";
import { stateColour } from "./palette.ts";
import { usePoll } from "./poll.ts";
import { useRoom } from "./room.ts";
import { SignalChart } from "./signal-chart.tsx";
import { liveSignals, SignalList } from "./signal-list.tsx";
import { SignalTraces } from "./signal-traces.ts";
import { panelKeys } from "./unit-commands.ts";
import { FACTS, UnitFacts, type Fact } from "./unit-facts.tsx";

/** Lines of a chart that can still be told apart. */
const LINES_MAX = 4;
const FIRST_LINES = ["spindle-load", "active-power"];
/** The unit's name, and its endpoints. */
const HEAD_LINES = 2;

/** One unit: what it is, what it publishes, what has happened to it. */
export function UnitScreen() {
  const { desk, unit, revision } = useRoom();
  const traces = useRef<{ description: Description; traces: SignalTraces }>(undefined);
  const answered = usePoll(async () => {
    const known = traces.current?.description.name === unit ? traces.current.description : undefined;
    const description = known ?? (await desk.describe(unit));
    const look = await desk.look(unit);
    if (!known) traces.current = { description, traces: new SignalTraces() };
    traces.current!.traces.add(description, look);
    return { description, look };
  }, [unit, revision]);
  if (answered?.description.name !== unit) return <Frame bindings={[]}>{null}</Frame>;
  return <OpenUnit key={unit} {...answered} traces={traces.current!.traces} />;
}

interface Props {
  readonly description: Description;
  readonly look: Look;
  readonly traces: SignalTraces;
}

function OpenUnit({ description, look, traces }: Props) {
  const room = useRoom();
  const { columns, rows } = useBody();
  const [charted, setCharted] = useState<readonly string[]>(FIRST_LINES);
  const [fact, setFact] = useState<Fact>("conditions");
  const signals = liveSignals(description, look);
  const page = Math.max(rows - HEAD_LINES, 1);
  const cursor = useCursor(signals.length, page);
  const under = signals[cursor.index];
  const toggle = (): void => {
    if (!under) return;
    const others = charted.filter((id) => id !== under.id);
    if (typeof under.value !== "number") room.tell(`${under.title} is no number`);
    else if (others.length < charted.length) setCharted(others);
    else setCharted([...charted, under.id].slice(-LINES_MAX));
  };
  const copy = (): void => {
    const { opcuaUrl } = look;
    room.tell(opcuaUrl === undefined ? "it has no OPC UA server" : `copied ${opcuaUrl}`);
    if (opcuaUrl !== undefined) room.copy(opcuaUrl);
  };
  const turn = (): void => setFact(FACTS[(FACTS.indexOf(fact) + 1) % FACTS.length]!);
  const bindings: readonly Binding[] = [
    {
      key: "enter",
      label: "chart",
      help: `the signal into the chart or out of it, ${LINES_MAX} at most`,
      run: toggle,
    },
    { key: "tab", label: "facts", help: "the next page of facts, below the chart", run: turn },
    ...panelKeys(room, description.name, description),
    { key: "f", label: "fault", help: "faults of the unit", run: () => room.go("faults") },
    { key: "y", label: "copy", help: "its OPC UA address into the clipboard", run: copy },
    ...cursor.bindings,
  ];
  const left = Math.floor(columns * 0.5);
  const right = columns - left - 1;
  const chartRows = Math.max(Math.floor(page / 2), 4);
  const shown = signals.slice(cursor.offset, cursor.offset + page);
  return (
    <Frame bindings={bindings}>
      <Head
        description={description}
        look={look}
        state={signals.find(({ id }) => id === "machine-state")?.value}
      />
      <Box>
        <Box flexDirection="column" width={left} marginRight={1}>
          <SignalList
            signals={shown}
            cursor={cursor.index - cursor.offset}
            charted={charted}
            traces={traces}
            width={left}
          />
        </Box>
        <Box flexDirection="column" width={right}>
          <SignalChart signals={signals} charted={charted} traces={traces} width={right} height={chartRows} />
          <UnitFacts
            fact={fact}
            description={description}
            look={look}
            width={right}
            height={page - chartRows}
          />
        </Box>
      </Box>
    </Frame>
  );
}

function Head({
  description,
  look,
  state,
}: Pick<Props, "description" | "look"> & { readonly state: unknown }) {
  const { name, model, nameplate } = description;
  const { opcua, mqttsn } = look.wire;
  const shown = String(state ?? "-");
  return (
    <>
      <Text wrap="truncate">
        <Text bold>{` ${name} `}</Text>
        <Text bold color={stateColour(shown)}>{` ${shown} `}</Text>
        {` ${nameplate.manufacturer} ${nameplate.model} · ${nameplate.serialNumber} · ${nameplate.location} · ${model}`}
      </Text>
      <Text wrap="truncate" color="gray">
        {opcua ? ` ${look.opcuaUrl}, ${opcua.sessions} sessions` : " no OPC UA server"}
        {mqttsn
          ? ` · MQTT-SN ${mqttsn.published} published, ${mqttsn.acknowledged} acknowledged`
          : " · no MQTT-SN device"}
      </Text>
    </>
  );
}
