import { Box } from "ink";
import { useEffect } from "react";
import { WINDOWS_S } from "./chart-window.ts";
import { useCursor } from "./cursor.ts";
import type { Description, Look } from "./desk.ts";
import { Frame, useBody } from "./frame.tsx";
import { useKept } from "./kept.ts";
import type { Binding } from "./keys.ts";
import { stateColour } from "./palette.ts";
import { panelOf } from "./panels.ts";
import { usePoll } from "./poll.ts";
import { useRoom, type Room } from "./room.ts";
import { Text } from "./safe-text.tsx";
import { serverKey } from "./server-key.ts";
import { SignalChart } from "./signal-chart.tsx";
import { liveSignals, SignalList, type LiveSignal } from "./signal-list.tsx";
import { SignalTraces } from "./signal-traces.ts";
import { formatSpan } from "./text.ts";
import { askAnyCommand } from "./unit-commands.ts";
import { FACTS, UnitFacts, type Fact } from "./unit-facts.tsx";

/** Lines of a chart that can still be told apart. */
const LINES_MAX = 4;
const FIRST_LINES: readonly string[] = ["spindle-load", "active-power"];
/** The unit's name, and its endpoints. */
const HEAD_LINES = 2;
/** Units whose traces are kept while others are looked at. */
const TRACES_MAX = 16;

/** One unit: what it is, what it publishes, what has happened to it. */
export function UnitScreen() {
  const room = useRoom();
  const { desk, unit, revision } = room;
  const answered = usePoll(async () => {
    const traces = await tracesOf(room, unit);
    const look = await desk.look(unit);
    traces.add(look);
    return { traces, look };
  }, [unit, revision]);
  if (answered?.traces.description.name !== unit) return <Frame bindings={[]}>{null}</Frame>;
  return <OpenUnit key={unit} {...answered} />;
}

async function tracesOf({ desk, traces }: Room, unit: string): Promise<SignalTraces> {
  const found = traces.get(unit) ?? new SignalTraces(await desk.describe(unit));
  traces.delete(unit);
  traces.set(unit, found);
  const [oldest] = traces.keys();
  if (traces.size > TRACES_MAX) traces.delete(oldest!);
  return found;
}

/** Gets what charted signals were before somebody looked, as far back as the unit keeps it. */
function usePast({ desk }: Room, traces: SignalTraces, charted: readonly string[]): void {
  useEffect(() => {
    const lacking = traces.claimPast(charted);
    if (lacking.length === 0) return;
    // One that cannot be had is not drawn.
    desk.past(traces.description.name, lacking, Math.max(...WINDOWS_S.filter(Number.isFinite))).then(
      (past) => traces.fill(past),
      () => undefined,
    );
  }, [charted, traces]);
}

interface Props {
  readonly look: Look;
  readonly traces: SignalTraces;
}

function OpenUnit({ look, traces }: Props) {
  const room = useRoom();
  const { description } = traces;
  const { columns, rows } = useBody();
  const view = useUnitView();
  const { charted, window_s, fact } = view;
  usePast(room, traces, charted);
  const signals = liveSignals(description, look);
  const page = Math.max(rows - HEAD_LINES, 1);
  const cursor = useCursor(signals.length, page, "signals");
  const under = signals[cursor.index];
  const bindings = [...unitKeys(room, { look, description, under, view }), ...cursor.bindings];
  const left = Math.floor(columns * 0.5);
  const right = columns - left - 1;
  const chartRows = Math.max(Math.floor(page / 2), 4);
  const shown = signals.slice(cursor.offset, cursor.offset + page);
  const state = signals.find(({ id }) => id === "machine-state")?.value;
  return (
    <Frame bindings={bindings}>
      <Head description={description} look={look} state={state} />
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
          <SignalChart {...{ signals, charted, traces, window_s }} width={right} height={chartRows} />
          <UnitFacts
            {...{ plan: room.plan, description, look, fact }}
            width={right}
            height={page - chartRows}
          />
        </Box>
      </Box>
    </Frame>
  );
}

/** What of a unit is shown, which is kept for the next one. */
function useUnitView() {
  const [charted, setCharted] = useKept("charted signals", FIRST_LINES);
  const [window_s, setWindow] = useKept<number>("chart's window", WINDOWS_S[1]);
  const [fact, setFact] = useKept<Fact>("page of facts", "conditions");
  return { charted, setCharted, window_s, setWindow, fact, setFact };
}

interface Shown {
  readonly look: Look;
  readonly description: Description;
  readonly under: LiveSignal | undefined;
  readonly view: ReturnType<typeof useUnitView>;
}

function unitKeys(room: Room, { look, description, under, view }: Shown): readonly Binding[] {
  const { window_s, setWindow, fact, setFact } = view;
  const widen = (by: number): void => {
    const next = WINDOWS_S[(WINDOWS_S as readonly number[]).indexOf(window_s) + by];
    if (next !== undefined) setWindow(next);
  };
  const turn = (): void => setFact(FACTS[(FACTS.indexOf(fact) + 1) % FACTS.length]!);
  return [
    {
      key: "enter",
      label: "chart",
      help: `the signal into the chart or out of it, ${LINES_MAX} at most`,
      run: () => under && chart(room, under, view),
    },
    { key: "tab", label: "facts", help: "the next page of facts, below the chart", run: turn },
    ...panelOf(description.kind).keys(room, description),
    {
      key: "c",
      label: "command",
      help: "any command that it knows",
      run: () => askAnyCommand(room, description),
    },
    { key: "f", label: "fault", help: "faults of the unit", run: () => room.go("faults") },
    serverKey(room, description.name),
    { key: "n", label: "next event", help: "on to its next event, and stand there", run: () => seek(room) },
    { key: "[", help: "the chart's window narrower", run: () => widen(-1) },
    { key: "]", help: "the chart's window wider", run: () => widen(1) },
    { key: "left", help: "the unit before it", run: () => turnTo(room, -1) },
    { key: "right", help: "the unit behind it", run: () => turnTo(room, 1) },
    {
      key: "y",
      help: "its OPC UA address into the clipboard",
      run: () => copy(room, look.opcuaUrl, "OPC UA server"),
    },
    {
      key: "Y",
      help: "its MQTT-SN topics into the clipboard",
      run: () => copy(room, look.topics, "MQTT-SN device"),
    },
  ];
}

/** Puts a signal into the chart, in place of the oldest one if it is full, or takes it out. */
function chart(
  { tell }: Room,
  { id, title, value }: LiveSignal,
  { charted, setCharted }: Shown["view"],
): void {
  if (typeof value !== "number") tell(`${title} is no number`);
  else if (charted.includes(id)) setCharted(charted.filter((it) => it !== id));
  else setCharted([...charted, id].slice(-LINES_MAX));
}

function seek({ desk, unit, done }: Room): void {
  const sought = async (): Promise<string> => {
    const before_s = (await desk.pace({ do: "tell" })).due_s;
    const { due_s } = await desk.seekEvent(unit);
    const [newest] = (await desk.look(unit)).events;
    const span = formatSpan(due_s - before_s);
    if (!newest || newest.time_s <= before_s) return `nothing happened to ${unit} within ${span}`;
    return `after ${span}: ${newest.message}; space goes on`;
  };
  done(sought());
}

function turnTo({ plan: { units }, unit, go }: Room, by: number): void {
  const place = units.findIndex(({ name }) => name === unit);
  go("unit", units[(place + by + units.length) % units.length]!.name);
}

function copy(room: Room, address: string | undefined, what: string): void {
  room.tell(address === undefined ? `it has no ${what}` : `copied ${address}`);
  if (address !== undefined) room.copy(address);
}

function Head({
  description,
  look,
  state,
}: {
  readonly description: Description;
  readonly look: Look;
  readonly state: unknown;
}) {
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
